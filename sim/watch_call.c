/* SPDX-License-Identifier: MIT */
/*
 * watch_call.c: the promises of the call: C4-C8, C13 for the caller, R6.
 *
 * A call is seen from its first instruction to its return address, a run of
 * the routine likewise.  Which run belongs to which call is rounds.c's matter.
 *
 * The routine is a function like any other: the kernel may call it for another
 * reason, too (as a DPC's, a thread's).  A run counts as a call's where it can
 * be nothing else: in the frame of a call of it, or where the kernel has called
 * routines from before, or at IPI_LEVEL, or above DISPATCH_LEVEL with the
 * Context of a pending call.  A routine of the kernel's own is not followed.
 */
#include "watch_state.h"

#include <string.h>

#define DISPATCH_LEVEL 2u
#define IPI_LEVEL      14u
#define VECTOR_NMI     2u

/* note_progress: something of a driver's call has begun or ended. */
static void note_progress(struct sim_machine *machine)
{
    machine->schedule.in_call = machine->watch->rounds.call_count != 0;
    machine->schedule.call_moved = machine->instructions;
}

void watch_call_begin(struct sim_machine *machine)
{
    struct processor_set members = { { 0 } };

    for (unsigned i = 0; i < machine->count; i++) {
        if (!machine->cpus[i]->waits_for_startup) {
            processor_set_add(&members, i);
        }
    }
    rounds_reset(&machine->watch->rounds, &members);
    machine->watch->site_count = 0;
    note_progress(machine);
}

void watch_call_entered(struct sim_cpu *cpu, struct watch_frame *frame)
{
    struct sim_machine *machine = cpu->machine;

    frame->routine = frame->arguments[0];
    frame->caller = frame->address;
    watch_read_kept(cpu, &frame->registers);
    if (!watch_is_kernel(machine, frame->routine)) {
        watch_point(machine, frame->routine, POINT_ROUTINE);
        frame->call = rounds_call(&machine->watch->rounds, frame->routine, frame->arguments[1],
                                  frame->caller, cpu->index);
        note_progress(machine);
    }
}

/* Runs of the routine --------------------------------------------------------------------- */

static bool is_site(const struct watch *watch, uint64_t address)
{
    for (unsigned i = 0; i < watch->site_count; i++) {
        if (watch->sites[i] == address) {
            return true;
        }
    }
    return false;
}

static void learn_site(struct watch *watch, uint64_t address)
{
    if (watch->site_count < WATCH_SITES && !is_site(watch, address)) {
        watch->sites[watch->site_count++] = address;
    }
}

/* is_in_nmi: what runs now is what an NMI has brought about. */
static bool is_in_nmi(const struct watch *watch, frame_number number)
{
    const struct watch_frame *frame = watch_frame_of(watch, number);

    for (unsigned i = 0; frame != NULL && i < WATCH_CHAIN; i++) {
        if (frame->kind == FRAME_INTERRUPT && frame->external && frame->vector == VECTOR_NMI) {
            return true;
        }
        frame = watch_frame_of(watch, frame->parent);
    }
    return false;
}

/* A first instruction of a routine that is next, with what it is called with. */
struct run {
    uint64_t routine, context, stack, address;
    uint8_t irql;
    bool own; /* in the frame of a call of it */
};

/* is_call's: can this be nothing but a run for a call? */
static bool is_calls(const struct watch *watch, const struct run *run,
                     const struct rounds_call *pending)
{
    const bool known = is_site(watch, run->address);

    if (pending == NULL) {
        return known && run->irql == IPI_LEVEL;
    }
    return run->own || known || run->irql == IPI_LEVEL ||
           (run->irql > DISPATCH_LEVEL && pending->context == run->context);
}

static struct sim_finding finding_of(struct sim_cpu *cpu, enum sim_found found,
                                     const struct run *run, uint64_t caller)
{
    return (struct sim_finding){
        .found = found,
        .at = sim_place_of(cpu->machine, cpu->index),
        .routine = run->routine,
        .caller = caller,
    };
}

/* report_once: one finding of each kind for a round. */
static void report_once(struct sim_cpu *cpu, struct round *round, struct sim_finding *finding)
{
    if (round == NULL || (round->reports >> finding->found & 1) == 0) {
        if (round != NULL) {
            round->reports |= 1u << finding->found;
        }
        watch_report(cpu, finding);
    }
}

/* check_arrived: C5: every processor of the round is at the barrier, or has been let through. */
static void check_arrived(struct sim_cpu *cpu, const struct run *run, uint64_t caller,
                          struct round *round)
{
    struct sim_machine *machine = cpu->machine;

    for (unsigned i = 0; i < machine->count; i++) {
        if (processor_set_has(&round->members, i) && !processor_set_has(&round->entered, i) &&
            sim_apic_cr8(machine->cpus[i]->apic) < IPI_LEVEL &&
            !machine->cpus[i]->waits_for_startup) {
            struct sim_finding finding = finding_of(cpu, SIM_FOUND_EARLY, run, caller);
            finding.other = sim_place_of(machine, i);
            report_once(cpu, round, &finding);
            return;
        }
    }
}

/* check_entry: C4, C5 and C6 for a run that has begun. */
static void check_entry(struct sim_cpu *cpu, const struct run *run, uint64_t caller,
                        enum rounds_entry entry, struct round *round)
{
    static const enum sim_found found[] = {
        [ROUNDS_CONTEXT] = SIM_FOUND_CONTEXT,
        [ROUNDS_TWICE] = SIM_FOUND_TWICE,
        [ROUNDS_STRAY] = SIM_FOUND_STRAY,
    };

    if (run->irql != IPI_LEVEL) {
        struct sim_finding finding = finding_of(cpu, SIM_FOUND_LEVEL, run, caller);
        finding.expected = IPI_LEVEL;
        finding.actual = run->irql;
        report_once(cpu, round, &finding);
    }
    if (entry == ROUNDS_FITS) {
        check_arrived(cpu, run, caller, round);
    } else {
        struct sim_finding finding = finding_of(cpu, found[entry], run, caller);
        finding.expected = round != NULL ? round->context : 0;
        finding.actual = run->context;
        report_once(cpu, round, &finding);
    }
}

/* read_run: => false: this is no run that the kernel has begun */
static bool read_run(struct sim_cpu *cpu, struct run *run)
{
    struct watch *watch = cpu->machine->watch;
    const struct watch_frame *top = watch_frame_of(watch, watch_processor_of(cpu)->top);
    int ids[2] = { UC_X86_REG_RSP, UC_X86_REG_RCX };
    void *places[2] = { &run->stack, &run->context };

    uc_reg_read_batch(cpu->engine, ids, places, 2);
    run->routine = cpu->address;
    run->irql = sim_apic_cr8(cpu->apic);
    if (!watch_read_word(cpu, run->stack, &run->address) ||
        !watch_is_kernel(cpu->machine, run->address)) {
        return false;
    }
    run->own = top != NULL && top->kind == FRAME_SERVICE && top->call != 0 &&
               top->routine == run->routine;
    return true;
}

void watch_routine_entered(struct sim_cpu *cpu)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_processor *processor = watch_processor_of(cpu);
    const struct rounds_call *pending;
    enum rounds_entry entry;
    struct watch_frame *frame;
    struct round *round;
    struct run run;
    uint64_t caller;

    /* A jump back to its first instruction, or an interrupt before it, begins no other run. */
    if (!read_run(cpu, &run) || watch_known(cpu, FRAME_ROUTINE, run.stack, run.address) != NULL) {
        return;
    }
    pending = rounds_pending(&watch->rounds, run.routine, run.context);
    if (!is_calls(watch, &run, pending) || is_in_nmi(watch, processor->top)) {
        return;
    }
    caller = pending != NULL ? pending->caller : 0;
    entry = rounds_enter(&watch->rounds, cpu->index, run.routine, run.context, &round);
    if (entry == ROUNDS_FITS && run.irql == IPI_LEVEL) {
        learn_site(watch, run.address);
    }
    check_entry(cpu, &run, caller, entry, round);
    frame = watch_push(cpu, FRAME_ROUTINE, run.stack, run.stack, run.address);
    if (frame == NULL) {
        return;
    }
    frame->routine = run.routine;
    frame->caller = caller;
    frame->arguments[0] = run.context;
    frame->round = entry == ROUNDS_FITS || entry == ROUNDS_CONTEXT ? round->number : 0;
    frame->routine_outside = processor->routine;
    watch_read_kept(cpu, &frame->registers);
    processor->routine = frame->number;
    note_progress(cpu->machine);
    watch_enter(cpu, frame);
    watch_point(cpu->machine, run.address, POINT_RETURN);
}

/* excuse: what the routine itself has changed is not the kernel's doing, however far out. */
static void excuse(struct watch *watch, const struct watch_frame *routine, uint64_t set)
{
    struct watch_frame *frame = watch_frame_of(watch, routine->parent);
    bool served = true;

    for (unsigned i = 0; frame != NULL && i < WATCH_CHAIN; i++) {
        const bool service = frame->kind == FRAME_SERVICE && frame->call == 0;

        frame->excused |= set;
        if (served && (service || frame->kind == FRAME_INTERRUPT)) {
            frame->routine = routine->routine;
            frame->caller = routine->caller;
            frame->served = true;
        }
        served = served && service;
        frame = set != 0 || served ? watch_frame_of(watch, frame->parent) : NULL;
    }
}

/* end_of: a finding at the return address of a frame. */
static struct sim_finding end_of(struct sim_cpu *cpu, enum sim_found found,
                                 const struct watch_frame *frame)
{
    struct sim_finding finding = {
        .found = found,
        .at = sim_place_of(cpu->machine, cpu->index),
        .routine = frame->routine,
        .caller = frame->caller,
    };

    finding.at.returns = true;
    return finding;
}

void watch_routine_left(struct sim_cpu *cpu, struct watch_frame *frame)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_frame *outside = watch_frame_of(watch, frame->parent);
    struct watch_registers registers;

    watch_read_kept(cpu, &registers);
    excuse(watch, frame,
           watch_differing(&frame->registers, &registers,
                           REGISTER_KEPT | REGISTER_MXCSR | REGISTER_DF));
    if (registers.cr8 != frame->irql) {
        struct sim_finding finding = end_of(cpu, SIM_FOUND_LOWERED, frame);
        finding.expected = frame->irql;
        finding.actual = registers.cr8;
        report_once(cpu, rounds_find(&watch->rounds, frame->round), &finding);
    }
    rounds_leave(&watch->rounds, frame->round, cpu->index);
    note_progress(cpu->machine);
    if (outside != NULL && outside->kind == FRAME_SERVICE && outside->call != 0 &&
        outside->routine == frame->routine && outside->arguments[1] == frame->arguments[0]) {
        outside->has_result = true;
        outside->result = registers.general[0];
    }
}

void watch_served(struct sim_cpu *cpu, const struct watch_frame *frame)
{
    const struct watch_registers registers = {
        .flags = (uint32_t)cpu_get(cpu, UC_X86_REG_EFLAGS),
    };

    /* All else may be what the function is for. */
    if (((registers.flags ^ frame->registers.flags) & FLAG_IF) != 0) {
        struct sim_finding finding = end_of(cpu, SIM_FOUND_CHANGED, frame);
        watch_changed(cpu, &finding, REGISTER_IF, &frame->registers, &registers);
    }
}

/* The end of a call ----------------------------------------------------------------------- */

/* check_rounds: C6, C7: it has run on every processor, and has returned there. */
static void check_rounds(struct sim_cpu *cpu, const struct watch_frame *frame)
{
    unsigned other = 0;
    const enum rounds_state state =
        rounds_return(&cpu->machine->watch->rounds, frame->call, &other);

    if (state != ROUNDS_WHOLE) {
        struct sim_finding finding = end_of(
            cpu, state == ROUNDS_MISSED ? SIM_FOUND_MISSED : SIM_FOUND_UNFINISHED, frame);
        finding.other = sim_place_of(cpu->machine, other);
        watch_report(cpu, &finding);
    }
}

void watch_call_left(struct sim_cpu *cpu, struct watch_frame *frame)
{
    struct watch_registers registers;
    uint64_t set;

    watch_read_kept(cpu, &registers);
    if (frame->call != 0) {
        check_rounds(cpu, frame);
        note_progress(cpu->machine);
    }
    if (frame->has_result && frame->result != registers.general[0]) {
        struct sim_finding finding = end_of(cpu, SIM_FOUND_RESULT, frame);
        finding.expected = frame->result;
        finding.actual = registers.general[0];
        watch_report(cpu, &finding);
    }
    set = watch_differing(&frame->registers, &registers,
                          (REGISTER_KEPT | REGISTER_DF | REGISTER_IF | REGISTER_MXCSR |
                           REGISTER_CR8) & ~frame->excused);
    if (set != 0) {
        struct sim_finding finding = end_of(cpu, SIM_FOUND_CHANGED, frame);
        watch_changed(cpu, &finding, set, &frame->registers, &registers);
    }
}

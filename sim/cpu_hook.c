/* SPDX-License-Identifier: MIT */
/*
 * cpu_hook.c: what the engine calls: before every instruction, for an exception
 * of its own, for ports.
 *
 * The code hook does what comes before an instruction, each thing once, also
 * where the engine comes to the instruction again: time and interrupts, the
 * decision point of the scheduler, what watch_code wants to know.
 */
#include "cpu.h"

/* repeat: leave the translated block and come back to the same instruction, as far as it is. */
static void repeat(struct sim_cpu *cpu)
{
    cpu->repeating = true;
    cpu_set(cpu, UC_X86_REG_RIP, cpu_here(cpu));
}

/* take_interrupt: => false: the handler is next */
static bool take_interrupt(struct sim_cpu *cpu)
{
    const int vector = sim_apic_pending(cpu->apic);

    if (vector < 0) {
        cpu->attention &= ~ATTEND_IRQ;
        return true;
    }
    if ((cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_IF) == 0) {
        /* Whatever sets IF asks again. */
        cpu->attention &= ~ATTEND_IRQ;
        return true;
    }
    sim_apic_acknowledge(cpu->apic, (uint8_t)vector);
    deliver_interrupt(cpu, (uint8_t)vector);
    return false;
}

/* attend_machine: what the machine itself wants. => false: the instruction comes again */
static bool attend_machine(struct sim_cpu *cpu)
{
    const uint32_t wanted = cpu->attention & (ATTEND_BEGIN | ATTEND_GATHER | ATTEND_EVICT);

    cpu->attention &= ~wanted;
    if (wanted & ATTEND_EVICT) {
        tlb_validate(cpu);
    }
    if (wanted & ATTEND_GATHER) {
        schedule_gathered(cpu->machine);
    }
    if (wanted & ATTEND_BEGIN) {
        schedule_gather(cpu->machine);
        machine_begin(cpu->machine);
    }
    if (cpu->attention & ATTEND_STOP) {
        uc_emu_stop(cpu->engine);
    } else {
        cpu_set(cpu, UC_X86_REG_RIP, cpu_here(cpu));
    }
    return false;
}

/* attend: what comes before the instruction. => false: the hook returns at once */
static bool attend(struct sim_cpu *cpu)
{
    if (cpu->attention & ATTEND_CORRECT) {
        cpu_correct(cpu);
    }
    if (cpu->attention & ATTEND_SEGMENT) {
        segment_check(cpu);
    }
    if (cpu->attention & ATTEND_STOP) {
        if (!cpu->machine->closing) {
            schedule_leave(cpu->machine);
        }
        uc_emu_stop(cpu->engine);
        return false;
    }
    if (cpu->attention & ATTEND_CODE) {
        cpu->attention &= ~ATTEND_CODE;
        cpu->rewriter = SIM_NEVER;
        tlb_forget_code(cpu);
        cpu->outdated = true;
    }
    if (cpu->attention & (ATTEND_BEGIN | ATTEND_GATHER | ATTEND_EVICT)) {
        return attend_machine(cpu);
    }
    if (cpu->attention & ATTEND_INIT) {
        cpu_request(cpu, REQUEST_INIT);
        return false;
    }
    if ((cpu->attention & ATTEND_DEBUG) && !debug_attend(cpu)) {
        return false;
    }
    if (cpu->attention & ATTEND_SHADOW) {
        cpu->attention &= ~ATTEND_SHADOW;
        return true;
    }
    if ((cpu->attention & ATTEND_NMI) && !cpu->nmi_blocked && !cpu->narrow) {
        cpu->attention &= ~ATTEND_NMI;
        cpu->nmi_blocked = true;
        deliver_interrupt(cpu, EXCEPTION_NMI);
        return false;
    }
    return (cpu->attention & ATTEND_IRQ) == 0 || take_interrupt(cpu);
}

static bool is_point(enum instruction kind)
{
    switch (kind) {
    case INSN_STORES:
    case INSN_MOVES:
    case INSN_LOCKED:
    case INSN_POINT:
    case INSN_STI:
    case INSN_FLAGS:
    case INSN_IRET:
    case INSN_MOV_TO_CR:
    case INSN_INVLPG:
    case INSN_WRMSR:
        return true;
    default:
        return false;
    }
}

/* execute_special: the instruction is not plain. */
static void execute_special(struct sim_cpu *cpu, enum instruction kind, uint32_t size)
{
    struct decoded decoded = { .kind = kind, .length = (uint8_t)size, .wide = !cpu->narrow };
    const uint8_t *bytes = NULL;
    uint8_t copy[SPARE_BYTES];

    if (kind > INSN_LAST_SIMPLE) {
        bytes = code_bytes(cpu, size, copy);
        decode(bytes, size, !cpu->narrow, &decoded);
    }
    cpu_execute(cpu, &decoded, bytes);
}

/* attend_repeated: what may be done in the middle of an instruction. => false: the run has ended */
static bool attend_repeated(struct sim_cpu *cpu)
{
    if (cpu->attention & ATTEND_STOP) {
        return attend(cpu);
    }
    cpu->attention &= ~ATTEND_CODE;
    cpu->rewriter = SIM_NEVER;
    tlb_forget_code(cpu);
    cpu->outdated = true;
    return true;
}

/* count: an instruction begins; time passes. => false: it does not run now */
static bool count(struct sim_cpu *cpu)
{
    struct sim_machine *machine = cpu->machine;

    machine->now++;
    machine->instructions++;
    cpu->accesses_done = 0;
    if (machine->now >= machine->next_event) {
        schedule_events(machine);
    }
    if (cpu->attention != 0 && !attend(cpu)) {
        return false;
    }
    if (--machine->schedule.slice == 0) {
        schedule_slice(machine);
        if (cpu->attention != 0 && !attend(cpu)) {
            return false;
        }
    }
    return true;
}

/* begin: what comes before an instruction, each once. => false: it does not run now */
static bool begin(struct sim_cpu *cpu)
{
    if ((cpu->attention & ATTEND_CODE) != 0 && cpu->rewriter == cpu->address) {
        /* It has changed code next to it, so the engine does it once more. */
        if ((cpu->attention & ATTEND_STOP) != 0 && !attend(cpu)) {
            return false;
        }
    } else if (cpu->repeating) {
        cpu->repeating = false;
        if ((cpu->attention & (ATTEND_STOP | ATTEND_CODE)) != 0 && !attend_repeated(cpu)) {
            return false;
        }
    } else {
        cpu->progress = PROGRESS_COUNTED;
        if (!count(cpu)) {
            return false;
        }
    }
    if (cpu->outdated || ((cpu->address & ~(uint64_t)(SIM_PAGE - 1)) != cpu->code_page &&
                          !code_find(cpu, cpu->address & ~(uint64_t)(SIM_PAGE - 1)))) {
        cpu->outdated = false;
        repeat(cpu);
        return false;
    }
    return true;
}

/* not_plain: the instruction is to be looked at. */
static void not_plain(struct sim_cpu *cpu, uint32_t size, uint8_t *flags)
{
    const enum instruction kind = code_look(cpu, size, flags);

    if (cpu->progress < PROGRESS_POINT && is_point(kind)) {
        cpu->progress = PROGRESS_POINT;
        schedule_point(cpu->machine);
        if (cpu->attention != 0 && !attend(cpu)) {
            return;
        }
        if (cpu->outdated) {
            cpu->outdated = false;
            repeat(cpu);
            return;
        }
    }
    if (cpu->progress < PROGRESS_WATCHED && (*flags & CODE_WATCHED) != 0) {
        cpu->progress = PROGRESS_WATCHED;
        watch_code(cpu);
    }
    if (kind != INSN_PLAIN) {
        execute_special(cpu, kind, size);
    }
}

/*
 * on_code: an instruction is next.
 *
 * => One that is repeated, because a translation was missing or code was to be
 *    forgotten, goes on where it was: what the engine knows already does not
 *    show in the schedule.
 */
static void on_code(uc_engine *engine, uint64_t address, uint32_t size, void *context)
{
    struct sim_cpu *cpu = context;
    uint8_t copy[SPARE_BYTES];
    uint8_t *flags;

    (void)engine;
    if ((cpu->attention & ATTEND_FAILED) != 0) {
        return;
    }
    cpu->address = address;
    cpu->length = size;
    cpu->locked = false;
    cpu->check = CHECK_NOTHING;
    cpu->accesses = 0;
    if (cpu->narrow && !start_step(cpu)) {
        cpu->locked = true;
        return;
    }
    if (!begin(cpu)) {
        return;
    }
    flags = &cpu->code_flags[address & (SIM_PAGE - 1)];
    if (cpu->fpu_off && !fpu_attend(cpu, code_bytes(cpu, size, copy))) {
        return;
    }
    if (*flags != CODE_PLAIN) {
        not_plain(cpu, size, flags);
    }
}

/* The others ---------------------------------------------------------------------- */

/* on_exception: what the engine itself raises. */
static void on_exception(uc_engine *engine, uint32_t number, void *context)
{
    struct sim_cpu *cpu = context;
    const bool has_error = number == EXCEPTION_DF || number == EXCEPTION_AC ||
                           (number >= EXCEPTION_TS && number <= EXCEPTION_PF);

    if (number == EXCEPTION_DF) {
        machine_fail(cpu->machine, "processor %u: the engine takes two exceptions for one",
                     cpu->index);
    }
    cpu->engine_raised = number != EXCEPTION_UD && number != EXCEPTION_BP;
    cpu_raise(cpu, (uint8_t)number, has_error, 0);
    cpu->own = true;
    cpu->fetching = false;
    uc_emu_stop(engine);
}

static uint32_t on_in(uc_engine *engine, uint32_t port, int size, void *context)
{
    struct sim_cpu *cpu = context;
    struct sim_machine *machine = cpu->machine;
    uint32_t value;

    (void)engine;
    machine->now += SIM_BUS_TICKS;
    value = sim_port_read(machine->devices, (uint16_t)port, (unsigned)size, machine->now);
    schedule_deadline_changed(machine);
    return value;
}

static void on_out(uc_engine *engine, uint32_t port, int size, uint32_t value, void *context)
{
    struct sim_cpu *cpu = context;
    struct sim_machine *machine = cpu->machine;

    (void)engine;
    sim_port_write(machine->devices, (uint16_t)port, (unsigned)size, value, machine->now);
    schedule_deadline_changed(machine);
}

uc_err cpu_add_hooks(struct sim_cpu *cpu)
{
    /* Begin above end: everywhere. */
    const struct {
        int type;
        void *callback;
        int instruction;
    } hooks[] = {
        { UC_HOOK_CODE, (void *)on_code, 0 },
        { UC_HOOK_MEM_READ | UC_HOOK_MEM_WRITE, (void *)cpu_on_memory, 0 },
        { UC_HOOK_MEM_INVALID, (void *)cpu_on_invalid_memory, 0 },
        { UC_HOOK_INTR, (void *)on_exception, 0 },
        { UC_HOOK_INSN, (void *)on_in, UC_X86_INS_IN },
        { UC_HOOK_INSN, (void *)on_out, UC_X86_INS_OUT },
    };

    for (size_t i = 0; i < sizeof(hooks) / sizeof(hooks[0]); i++) {
        uc_hook handle;
        uc_err error = uc_hook_add(cpu->engine, &handle, hooks[i].type, hooks[i].callback, cpu, 1,
                                   0, hooks[i].instruction);
        if (error != UC_ERR_OK) {
            return error;
        }
    }
    return UC_ERR_OK;
}

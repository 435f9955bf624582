/* SPDX-License-Identifier: MIT */
/*
 * cpu_run.c: the loop around a processor's engine.
 *
 * The engine is left (and entered again) only for what a hook cannot do: a
 * fault in the middle of an instruction, an instruction that the engine finds
 * invalid, INIT, the end.  Everything else is done in the hooks, and so is the
 * change to another processor.
 */
#include "cpu.h"

#define EXCEPTION_TICKS 100u  /* what an exception takes */
#define MOST_STUCK      1000u /* more than there are pages that an instruction can need */

/* pass_exception: one takes its time, also where none of the handler's instructions can be had. */
static void pass_exception(struct sim_cpu *cpu)
{
    struct sim_machine *machine = cpu->machine;

    machine->now += EXCEPTION_TICKS;
    machine->instructions++;
    if (machine->now >= machine->next_event) {
        schedule_events(machine);
    }
    if (--machine->schedule.slice == 0) {
        schedule_slice(machine);
    }
    if ((cpu->attention & ATTEND_STOP) != 0 && !machine->closing) {
        schedule_leave(machine);
    }
}

/* raise: the exception that the engine was left for. */
static void raise(struct sim_cpu *cpu)
{
    if (cpu->own && cpu->vector == EXCEPTION_DB) {
        /* Of a single step; the instruction is over. */
        debug_stepped(cpu);
        return;
    }
    if (cpu->own) {
        cpu->error = segment_error(cpu, cpu->vector);
    }
    if (cpu->check == CHECK_FAILED) {
        cpu_permit(cpu);
    }
    cpu->debug_hits = 0;
    if (!cpu->fetching) {
        /* The engine does not always know where it was. */
        cpu_set(cpu, UC_X86_REG_RIP, cpu_here(cpu));
    }
    deliver_exception(cpu, cpu->vector, cpu->has_error, cpu->error, cpu->cr2);
    pass_exception(cpu);
}

/* is_stuck: the engine is left again and again without an instruction done in between. */
static bool is_stuck(struct sim_cpu *cpu)
{
    const uint64_t instructions = cpu->machine->instructions;

    cpu->stuck = instructions - cpu->stuck_at <= 1 ? cpu->stuck + 1 : 0;
    cpu->stuck_at = instructions;
    return cpu->stuck > MOST_STUCK;
}

/* left: do what the engine was left for. */
static void left(struct sim_cpu *cpu, uc_err error)
{
    const enum request request = cpu->request;

    if (cpu->machine->closing) {
        return;
    }
    cpu->request = REQUEST_NONE;
    if (cpu->engine_raised) {
        cpu->engine_raised = false;
        engine_forget(cpu->engine, cpu->scratch);
    }
    cpu->attention &= ~ATTEND_FAILED;
    if (cpu->attention & ATTEND_CORRECT) {
        cpu_correct(cpu);
    }
    if ((cpu->attention & ATTEND_SEGMENT) && !segment_check(cpu)) {
        schedule_leave(cpu->machine);
        return;
    }
    if (request != REQUEST_RAISE && is_stuck(cpu)) {
        machine_fail(cpu->machine, "processor %u makes no progress at 0x%llX", cpu->index,
                     (unsigned long long)cpu->address);
        schedule_leave(cpu->machine);
        return;
    }
    switch (request) {
    case REQUEST_RETRY:
        if (!cpu->fetching) {
            cpu->repeating = true;
            cpu_set(cpu, UC_X86_REG_RIP, cpu_here(cpu));
        }
        return;
    case REQUEST_RAISE:
        raise(cpu);
        return;
    case REQUEST_INIT:
        if (cpu->index == 0) {
            machine_reset(cpu->machine, "INIT was sent to processor 0");
            schedule_leave(cpu->machine);
            return;
        }
        start_reset(cpu);
        return;
    case REQUEST_NONE:
        break;
    }
    if (error == UC_ERR_INSN_INVALID) {
        deliver_exception(cpu, EXCEPTION_UD, false, 0, 0);
        return;
    }
    if (error == UC_ERR_OK && guard_stopped(cpu)) {
        pass_exception(cpu);
        return;
    }
    machine_fail(cpu->machine, "processor %u: the engine stopped at 0x%llX: %s", cpu->index,
                 (unsigned long long)cpu->address, uc_strerror(error));
    schedule_leave(cpu->machine);
}

/* enter: let the engine run, and do what it was left for. */
static void enter(struct sim_cpu *cpu)
{
    uc_err error;

    if (guard_start(cpu, &error)) {
        left(cpu, error);
    }
}

/* rest: outside the engine, until the machine is destroyed or restarted. */
static void rest(struct sim_cpu *cpu)
{
    cpu->rewound = true;
    coroutine_switch(&cpu->coroutine, &cpu->machine->host);
}

void cpu_run(void *argument)
{
    struct sim_cpu *cpu = argument;
    struct sim_machine *machine = cpu->machine;

    for (;;) {
        if (machine->closing) {
            rest(cpu);
        } else if (cpu->halted) {
            cpu_halt(cpu);
        } else if (!cpu->waits_for_startup) {
            enter(cpu);
        } else if (cpu->attention & ATTEND_STARTUP) {
            cpu->attention &= ~(ATTEND_STARTUP | ATTEND_INIT);
            start_begin(cpu, cpu->startup_page);
        } else {
            cpu->attention &= ~ATTEND_INIT;
            schedule_park(machine);
        }
    }
}

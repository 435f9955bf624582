/* SPDX-License-Identifier: MIT */
/*
 * cpu.c: a processor's life: its engine, the hooks, and the loop around it.
 *
 * The engine is left (and entered again) only for what a hook cannot do: a
 * fault in the middle of an instruction, an instruction that the engine finds
 * invalid, INIT, the end.  Everything else is done in the hooks, and so is the
 * change to another processor.
 */
#include "cpu.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXCEPTION_TICKS 100u  /* what an exception takes */
#define MOST_STUCK      1000u /* more than there are pages that an instruction can need */

#define CR0_BOOT   0x80010033ull /* PG WP NE ET MP PE */
#define CR4_BOOT   0x620ull      /* OSXMMEXCPT OSFXSR PAE */
#define CR4_ENGINE 0x600ull      /* without them fxsave and fxrstor leave XMM registers out */
#define FLAGS_BOOT 2u

int cpu_register_id(unsigned number)
{
    static const int ids[16] = {
        UC_X86_REG_RAX, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_RBX,
        UC_X86_REG_RSP, UC_X86_REG_RBP, UC_X86_REG_RSI, UC_X86_REG_RDI,
        UC_X86_REG_R8,  UC_X86_REG_R9,  UC_X86_REG_R10, UC_X86_REG_R11,
        UC_X86_REG_R12, UC_X86_REG_R13, UC_X86_REG_R14, UC_X86_REG_R15,
    };

    return ids[number & 15];
}

uint64_t cpu_here(const struct sim_cpu *cpu)
{
    /* In a hook the engine gives its RIP the linear address. */
    return cpu->narrow ? cpu->address - cpu->code_base : cpu->address;
}

/* Signals ------------------------------------------------------------------------ */

void cpu_interrupt(struct sim_cpu *cpu)
{
    if (sim_apic_pending(cpu->apic) < 0) {
        return;
    }
    cpu->attention |= ATTEND_IRQ;
    if (cpu->parked && !cpu->waits_for_startup && cpu->halted_enabled) {
        schedule_ready(cpu->machine, cpu->index);
    }
}

void cpu_apic_touched(struct sim_cpu *cpu)
{
    const uint64_t deadline = sim_apic_deadline(cpu->apic);

    if (sim_apic_pending(cpu->apic) >= 0) {
        cpu->attention |= ATTEND_IRQ;
    }
    if (deadline != cpu->deadline) {
        cpu->deadline = deadline;
        schedule_deadline_changed(cpu->machine);
    }
}

void cpu_signal(struct sim_cpu *cpu, enum sim_signal signal, uint8_t vector)
{
    switch (signal) {
    case SIM_SIGNAL_INTERRUPT:
        sim_apic_accept(cpu->apic, vector);
        cpu_interrupt(cpu);
        return;
    case SIM_SIGNAL_LEVEL:
        sim_apic_accept_level(cpu->apic, vector);
        cpu_interrupt(cpu);
        return;
    case SIM_SIGNAL_END:
        return;
    case SIM_SIGNAL_NMI:
        if (cpu->waits_for_startup) {
            return;
        }
        cpu->attention |= ATTEND_NMI;
        break;
    case SIM_SIGNAL_INIT:
        cpu->attention |= ATTEND_INIT;
        break;
    case SIM_SIGNAL_STARTUP:
        if (!cpu->waits_for_startup) {
            return;
        }
        cpu->attention |= ATTEND_STARTUP;
        cpu->startup_page = vector;
        break;
    }
    if (cpu->parked) {
        schedule_ready(cpu->machine, cpu->index);
    }
}

void cpu_request(struct sim_cpu *cpu, enum request request)
{
    cpu->request = request;
    uc_emu_stop(cpu->engine);
}

void cpu_raise(struct sim_cpu *cpu, uint8_t vector, bool has_error, uint32_t error)
{
    cpu->vector = vector;
    cpu->has_error = has_error;
    cpu->own = false;
    cpu->error = error;
    cpu->request = REQUEST_RAISE;
}

/* The code hook ------------------------------------------------------------------ */

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

/* check_segment: => false: the run has ended */
static bool check_segment(struct sim_cpu *cpu)
{
    cpu->attention &= ~ATTEND_SEGMENT;
    return segment_check(cpu);
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
        check_segment(cpu);
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

/* Other hooks -------------------------------------------------------------------- */

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

/* The loop around the engine ------------------------------------------------------- */

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
    if ((cpu->attention & ATTEND_SEGMENT) && !check_segment(cpu)) {
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

static void run(void *argument)
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

/* Life ------------------------------------------------------------------------------ */

static uc_err add_hooks(struct sim_cpu *cpu)
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

static uc_err open_engine(struct sim_cpu *cpu)
{
    uc_err error = uc_open(UC_ARCH_X86, UC_MODE_64, &cpu->engine);

    if (error == UC_ERR_OK) {
        error = uc_ctl_set_cpu_model(cpu->engine, UC_CPU_X86_WESTMERE);
    }
    if (error == UC_ERR_OK) {
        /* No address ends the emulation. */
        error = uc_ctl_exits_enable(cpu->engine);
    }
    if (error == UC_ERR_OK) {
        const uint64_t cr4 = CR4_ENGINE;

        error = uc_reg_write(cpu->engine, UC_X86_REG_CR4, &cr4);
    }
    if (error == UC_ERR_OK) {
        error = add_hooks(cpu);
    }
    if (error == UC_ERR_OK) {
        error = uc_context_alloc(cpu->engine, &cpu->pristine);
    }
    if (error == UC_ERR_OK) {
        error = uc_context_alloc(cpu->engine, &cpu->scratch);
    }
    if (error == UC_ERR_OK) {
        error = uc_context_save(cpu->engine, cpu->pristine);
    }
    return error;
}

struct sim_cpu *cpu_create(struct sim_machine *machine, unsigned index, struct sim_apic *apic)
{
    struct sim_cpu *cpu = calloc(1, sizeof(*cpu));
    uc_err error;

    if (cpu == NULL) {
        return NULL;
    }
    cpu->machine = machine;
    cpu->apic = apic;
    cpu->index = index;
    cpu->code_page = CPU_NO_PAGE;
    cpu->deadline = SIM_NEVER;
    cpu->stack_begin = SIM_NEVER;
    error = open_engine(cpu);
    if (error != UC_ERR_OK) {
        machine_fail(machine, "processor %u: no engine: %s", index, uc_strerror(error));
        cpu_destroy(cpu);
        return NULL;
    }
    if (!coroutine_create(&cpu->coroutine, run, cpu)) {
        machine_fail(machine, "processor %u: no stack", index);
        cpu_destroy(cpu);
        return NULL;
    }
    msr_reset(cpu);
    start_reset(cpu);
    return cpu;
}

void cpu_destroy(struct sim_cpu *cpu)
{
    if (cpu == NULL) {
        return;
    }
    guard_forget(cpu);
    coroutine_destroy(&cpu->coroutine);
    if (cpu->pristine != NULL) {
        uc_context_free(cpu->pristine);
    }
    if (cpu->scratch != NULL) {
        uc_context_free(cpu->scratch);
    }
    if (cpu->engine != NULL) {
        uc_close(cpu->engine);
    }
    start_destroy(cpu);
    free(cpu);
}

void cpu_boot(struct sim_cpu *cpu, const struct sim_start *start)
{
    cpu->cr0 = CR0_BOOT;
    cpu->cr3 = start->cr3;
    cpu->cr4 = CR4_BOOT;
    cpu->efer = EFER_LME | EFER_LMA | EFER_NXE;
    cpu->waits_for_startup = false;
    cpu_show_control(cpu);
    cpu_set(cpu, UC_X86_REG_EFLAGS, FLAGS_BOOT);
    cpu_set(cpu, UC_X86_REG_RCX, start->rcx);
    cpu_set(cpu, UC_X86_REG_RSP, start->rsp);
    cpu_set(cpu, UC_X86_REG_RIP, start->rip);
}

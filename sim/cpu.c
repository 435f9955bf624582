/* SPDX-License-Identifier: MIT */
/*
 * cpu.c: a processor's life, from its engine on, and the signals that reach it.
 */
#include "cpu.h"

#include <stdlib.h>

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

/* Life ------------------------------------------------------------------------------ */

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
        error = cpu_add_hooks(cpu);
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
    if (!coroutine_create(&cpu->coroutine, cpu_run, cpu)) {
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

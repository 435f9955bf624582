/* SPDX-License-Identifier: MIT */
/*
 * cpu_guard.c: instructions that the engine's translator cannot even refuse.
 *
 * Some that do not exist (a far jump to a register; a lock prefix where there
 * cannot be one) make it abort the process.  It translates a block ahead of what is
 * executed, so no hook comes before.  Therefore SIGABRT is caught and the engine
 * left from within the translator; the block is looked through for such
 * instructions, and each becomes an address at which the engine stops by itself.
 * There, if the program gets there at all, it is #UD.
 *
 * => Each such departure costs the engine one of its nesting levels for good; it
 *    has 64, so their number is limited.
 * => An abort for any other reason ends the run with a message.
 */
#include "cpu.h"

#include <signal.h>
#include <string.h>

#define MOST_DEPARTURES 48u
#define LONGEST         15u

static _Thread_local struct sim_cpu *guarded;

static void on_abort(int number)
{
    /* The last one that began is not always the one that runs. */
    struct sim_cpu *cpu = guarded != NULL ? guarded->machine->running : NULL;

    (void)number;
    if (cpu != NULL && cpu->guard.inside) {
        siglongjmp(cpu->guard.departure, 1);
    }
    signal(SIGABRT, SIG_DFL);
}

void guard_install(void)
{
    struct sigaction action = { .sa_handler = on_abort, .sa_flags = SA_NODEFER };

    sigemptyset(&action.sa_mask);
    sigaction(SIGABRT, &action, NULL);
}

void guard_forget(struct sim_cpu *cpu)
{
    if (guarded == cpu) {
        guarded = NULL;
    }
}

/* byte_at: => a byte of code, or 0x90 where there is none */
static uint8_t byte_at(struct sim_cpu *cpu, uint64_t address)
{
    struct mmu_leaf leaf;
    const uint8_t *host = NULL;

    if (mmu_is_canonical(address) && mmu_peek(cpu, address, &leaf)) {
        host = sim_ram(cpu->machine, leaf.physical + (address & (leaf.size - 1)), 1);
    }
    return host != NULL ? *host : 0x90;
}

static bool is_prefix(uint8_t byte)
{
    return byte == 0x26 || byte == 0x2E || byte == 0x36 || byte == 0x3E || byte == 0xF0 ||
           byte == 0xF2 || byte == 0xF3 || (byte >= 0x64 && byte <= 0x67) ||
           (byte & 0xF0) == 0x40;
}

/* is_trap: is an instruction at this address one of those? */
static bool is_trap(struct sim_cpu *cpu, uint64_t address)
{
    const uint64_t end = address + LONGEST;
    bool lock = false;
    uint8_t opcode[3];

    for (; address < end && is_prefix(byte_at(cpu, address)); address++) {
        lock = lock || byte_at(cpu, address) == 0xF0;
    }
    for (unsigned i = 0; i < sizeof(opcode); i++) {
        opcode[i] = byte_at(cpu, address + i);
    }
    if (lock) {
        return !decode_is_lockable(opcode);
    }
    return opcode[0] == 0xFF && opcode[1] >= 0xC0 &&
           ((opcode[1] >> 3 & 7) == 3 || (opcode[1] >> 3 & 7) == 5);
}

static bool is_known(const struct sim_cpu *cpu, uint64_t address)
{
    for (unsigned i = 0; i < cpu->guard.trap_count; i++) {
        if (cpu->guard.traps[i] == address) {
            return true;
        }
    }
    return false;
}

/* look_through: => false: no trap that was not known */
static bool look_through(struct sim_cpu *cpu, uint64_t address)
{
    const unsigned known = cpu->guard.trap_count;

    /* A block does not go beyond its page but for its last instruction. */
    for (const uint64_t end = (address | (SIM_PAGE - 1)) + 1; address < end; address++) {
        if (cpu->guard.trap_count < CPU_TRAPS && is_trap(cpu, address) && !is_known(cpu, address)) {
            cpu->guard.traps[cpu->guard.trap_count++] = address;
        }
    }
    return cpu->guard.trap_count != known &&
           uc_ctl_set_exits(cpu->engine, cpu->guard.traps, cpu->guard.trap_count) == UC_ERR_OK;
}

static void recover(struct sim_cpu *cpu)
{
    const uint64_t address = cpu_get(cpu, UC_X86_REG_RIP);

    if (cpu->guard.trap_count >= CPU_TRAPS / 2) {
        /* What is not met any more makes room. */
        cpu->guard.trap_count = 0;
    }
    if (++cpu->guard.departures > MOST_DEPARTURES || !look_through(cpu, address)) {
        machine_limit(cpu->machine,
                      "processor %u has code at 0x%016llX that this machine cannot translate",
                      cpu->index, (unsigned long long)address);
        schedule_leave(cpu->machine);
    }
}

bool guard_start(struct sim_cpu *cpu, uc_err *error)
{
    cpu->guard.inside = false;
    if (sigsetjmp(cpu->guard.departure, 0) != 0) {
        cpu->guard.inside = false;
        recover(cpu);
        return false;
    }
    guarded = cpu;
    cpu->guard.inside = true;
    *error = uc_emu_start(cpu->engine, cpu_get(cpu, UC_X86_REG_RIP), 0, 0, 0);
    cpu->guard.inside = false;
    return true;
}

bool guard_stopped(struct sim_cpu *cpu)
{
    const uint64_t address = cpu_get(cpu, UC_X86_REG_RIP);

    if (!is_known(cpu, address)) {
        return false;
    }
    if (is_trap(cpu, address)) {
        cpu->address = address;
        deliver_exception(cpu, EXCEPTION_UD, false, 0, 0);
        return true;
    }
    /* The program has written something else there. */
    cpu->guard.trap_count = 0;
    uc_ctl_set_exits(cpu->engine, cpu->guard.traps, 0);
    uc_ctl_remove_cache(cpu->engine, address, address + 1);
    return true;
}

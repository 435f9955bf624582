/* SPDX-License-Identifier: MIT */
/*
 * cpu_execute.c: the instructions that are not plain.
 *
 * Wherever the engine's own execution does no harm it goes on: what it got
 * wrong is corrected before the processor's next instruction (cpu_correct),
 * because to redirect the engine costs much more.  What the engine must not
 * see (paging, above all) is done here and skipped.
 * Reference: Intel, "Software Developer's Manual", volume 2.
 */
#include "cpu.h"

#define CR0_ALWAYS   0x00000010ull /* ET */
#define CR0_DEFINED  0xE005003Full
#define CR0_STATUS   0x0000000Eull /* MP EM TS: what lmsw can clear */
#define CR0_SHOWN    0x0000002Eull /* and NE */
#define CR0_NW       0x20000000ull
#define CR0_CD       0x40000000ull
#define CR4_SHOWN    0x00000600ull /* OSFXSR OSXMMEXCPT */
#define CR4_DEFINED  0x000007FFull /* up to OSXMMEXCPT: nothing that cpuid does not offer */
#define CR4_PGE      0x80ull
#define CR3_TOO_HIGH 0xFFFFFF0000000000ull
#define MSR_TSC_AUX  0xC0000103u

static bool fault(struct sim_cpu *cpu, uint8_t vector, bool has_error)
{
    deliver_exception(cpu, vector, has_error, 0, 0);
    return false;
}

bool cpu_skip(struct sim_cpu *cpu, const struct decoded *decoded)
{
    cpu_set(cpu, UC_X86_REG_RIP, cpu_here(cpu) + decoded->length);
    if ((cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_TF) != 0) {
        debug_stepped(cpu);
    }
    return false;
}

static bool correct_later(struct sim_cpu *cpu, enum correction correction, uint64_t value)
{
    cpu->correction = correction;
    cpu->value = value;
    cpu->attention |= ATTEND_CORRECT;
    return true;
}

void cpu_correct(struct sim_cpu *cpu)
{
    switch (cpu->correction) {
    case CORRECT_NOTHING:
        break;
    case CORRECT_REGISTER:
        cpu_set(cpu, cpu->register_id, cpu->value);
        break;
    case CORRECT_TSCP:
        cpu_set(cpu, UC_X86_REG_RCX, cpu->value2);
        __attribute__((fallthrough));
    case CORRECT_PAIR:
        cpu_set(cpu, UC_X86_REG_RAX, (uint32_t)cpu->value);
        cpu_set(cpu, UC_X86_REG_RDX, cpu->value >> 32);
        break;
    case CORRECT_CPUID:
        cpu_set(cpu, UC_X86_REG_RAX, cpu->cpuid[0]);
        cpu_set(cpu, UC_X86_REG_RBX, cpu->cpuid[1]);
        cpu_set(cpu, UC_X86_REG_RCX, cpu->cpuid[2]);
        cpu_set(cpu, UC_X86_REG_RDX, cpu->cpuid[3]);
        break;
    }
    cpu->correction = CORRECT_NOTHING;
    cpu->attention &= ~ATTEND_CORRECT;
}

/* Control registers ------------------------------------------------------------ */

/* control_number: CR0-CR15, from ModRM and REX.R. */
static unsigned control_number(const struct decoded *decoded)
{
    return (decoded->modrm >> 3 & 7) | (decoded->rex & 4 ? 8 : 0);
}

static int general_register(const struct decoded *decoded)
{
    return cpu_register_id((decoded->modrm & 7) | (decoded->rex & 1 ? 8 : 0));
}

static bool mov_from_cr(struct sim_cpu *cpu, const struct decoded *decoded)
{
    cpu->register_id = general_register(decoded);
    switch (control_number(decoded)) {
    case 0:
        return correct_later(cpu, CORRECT_REGISTER, cpu->cr0);
    case 2:
        return true;
    case 3:
        return correct_later(cpu, CORRECT_REGISTER, cpu->cr3);
    case 4:
        return correct_later(cpu, CORRECT_REGISTER, cpu->cr4);
    case 8:
        return correct_later(cpu, CORRECT_REGISTER, sim_apic_cr8(cpu->apic));
    default:
        return fault(cpu, EXCEPTION_UD, false);
    }
}

void cpu_show_control(struct sim_cpu *cpu)
{
    const uint64_t cr0 = cpu_get(cpu, UC_X86_REG_CR0), cr4 = cpu_get(cpu, UC_X86_REG_CR4);

    cpu_set(cpu, UC_X86_REG_CR0, (cr0 & ~CR0_SHOWN) | (cpu->cr0 & CR0_SHOWN));
    cpu_set(cpu, UC_X86_REG_CR4, (cr4 & ~CR4_SHOWN) | (cpu->cr4 & CR4_SHOWN));
    fpu_control(cpu);
}

/* write_cr0: => false: #GP */
static bool write_cr0(struct sim_cpu *cpu, uint64_t value)
{
    const bool paging = (value & CR0_PG) != 0;

    if (value >> 32 != 0 || (paging && (value & CR0_PE) == 0) ||
        (value & (CR0_NW | CR0_CD)) == CR0_NW) {
        return false;
    }
    if (paging && (cpu->cr0 & CR0_PG) == 0) {
        /* There is only one kind of paging here. */
        if ((cpu->efer & EFER_LME) == 0 || (cpu->cr4 & CR4_PAE) == 0) {
            return false;
        }
        cpu->efer |= EFER_LMA;
    } else if (!paging && (cpu->cr0 & CR0_PG) != 0) {
        if (!cpu->narrow) {
            return false;
        }
        cpu->efer &= ~EFER_LMA;
    }
    cpu->cr0 = (value & CR0_DEFINED) | CR0_ALWAYS;
    cpu_show_control(cpu);
    tlb_validate(cpu);
    return true;
}

static bool write_cr4(struct sim_cpu *cpu, uint64_t value)
{
    const uint64_t changed = cpu->cr4 ^ value;

    if ((value & ~CR4_DEFINED) != 0 || ((cpu->efer & EFER_LMA) != 0 && (value & CR4_PAE) == 0)) {
        return false;
    }
    cpu->cr4 = value;
    cpu_show_control(cpu);
    if ((changed & (CR4_PGE | CR4_PAE)) != 0) {
        tlb_validate(cpu);
    }
    return true;
}

static bool mov_to_cr(struct sim_cpu *cpu, const struct decoded *decoded)
{
    uint64_t value = cpu_get(cpu, general_register(decoded));
    bool done;

    value = decoded->wide ? value : (uint32_t)value;
    switch (control_number(decoded)) {
    case 0:
        done = write_cr0(cpu, value);
        break;
    case 2:
        return true;
    case 3:
        done = (value & CR3_TOO_HIGH) == 0;
        if (done) {
            cpu->cr3 = value;
            tlb_validate(cpu);
        }
        break;
    case 4:
        done = write_cr4(cpu, value);
        break;
    case 8:
        if (value > 15) {
            return fault(cpu, EXCEPTION_GP, true);
        }
        sim_apic_set_cr8(cpu->apic, (uint8_t)value);
        cpu_apic_touched(cpu);
        return true;
    default:
        return fault(cpu, EXCEPTION_UD, false);
    }
    return done ? cpu_skip(cpu, decoded) : fault(cpu, EXCEPTION_GP, true);
}

/* load_status: lmsw; the engine must not do it: it would keep what it learns from it. */
static bool load_status(struct sim_cpu *cpu, const struct decoded *decoded, const uint8_t *bytes)
{
    uint16_t value = (uint16_t)cpu_get(cpu, general_register(decoded));

    if (decoded->modrm < 0xC0 &&
        !operand_read(cpu, operand_address(cpu, bytes, decoded->length), &value, sizeof(value))) {
        return false;
    }
    /* PE can be set, not cleared. */
    write_cr0(cpu, (cpu->cr0 & ~CR0_STATUS) | (value & (CR0_STATUS | CR0_PE)));
    return cpu_skip(cpu, decoded);
}

/* store_status: smsw to a register; 16 bits of it the engine knows itself. */
static bool store_status(struct sim_cpu *cpu, const struct decoded *decoded)
{
    if (decoded->width == 2) {
        return true;
    }
    cpu->register_id = general_register(decoded);
    return correct_later(cpu, CORRECT_REGISTER,
                         decoded->width == 8 ? cpu->cr0 : (uint32_t)cpu->cr0);
}

/* Model-specific registers and counters ----------------------------------------- */

static bool read_msr(struct sim_cpu *cpu)
{
    uint64_t value;

    if (!msr_read(cpu, (uint32_t)cpu_get(cpu, UC_X86_REG_RCX), &value)) {
        return fault(cpu, EXCEPTION_GP, true);
    }
    return correct_later(cpu, CORRECT_PAIR, value);
}

static bool write_msr(struct sim_cpu *cpu, const struct decoded *decoded)
{
    const uint32_t msr = (uint32_t)cpu_get(cpu, UC_X86_REG_RCX);
    const uint64_t value = (uint32_t)cpu_get(cpu, UC_X86_REG_RAX) | cpu_get(cpu, UC_X86_REG_RDX)
                                                                        << 32;

    if (!msr_write(cpu, msr, value)) {
        return fault(cpu, EXCEPTION_GP, true);
    }
    return msr_is_native(msr) || cpu_skip(cpu, decoded);
}

static bool read_counter(struct sim_cpu *cpu, enum correction correction)
{
    uint64_t aux = 0;

    if (correction == CORRECT_TSCP) {
        msr_read(cpu, MSR_TSC_AUX, &aux);
        cpu->value2 = (uint32_t)aux;
    }
    return correct_later(cpu, correction, cpu->machine->now + cpu->tsc_offset);
}

static bool cpuid(struct sim_cpu *cpu)
{
    cpuid_answer(cpu, (uint32_t)cpu_get(cpu, UC_X86_REG_RAX),
                 (uint32_t)cpu_get(cpu, UC_X86_REG_RCX), cpu->cpuid);
    return correct_later(cpu, CORRECT_CPUID, 0);
}

/*
 * saves: instructions that write memory and then change something else.
 *
 * The engine goes on to that, too, when the write is not possible.  So all of it
 * is made possible before.
 */
static bool saves(struct sim_cpu *cpu, const uint8_t *bytes)
{
    uint64_t address;
    const unsigned size = operand_saved(cpu, bytes, &address);

    return operand_writable(cpu, address, size);
}

/* Waiting ------------------------------------------------------------------------ */

/* can_wake: does something end hlt? */
static bool can_wake(const struct sim_cpu *cpu)
{
    const uint32_t always = ATTEND_STOP | ATTEND_INIT | (cpu->nmi_blocked ? 0 : ATTEND_NMI);

    return (cpu->attention & always) != 0 ||
           (cpu->halted_enabled && sim_apic_pending(cpu->apic) >= 0);
}

void cpu_halt(struct sim_cpu *cpu)
{
    while (!can_wake(cpu)) {
        schedule_park(cpu->machine);
        if (cpu->machine->closing) {
            return;
        }
    }
    cpu->halted = false;
}

static bool halt(struct sim_cpu *cpu, const struct decoded *decoded)
{
    cpu->halted = true;
    cpu->halted_enabled = (cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_IF) != 0;
    cpu_skip(cpu, decoded);
    cpu_halt(cpu);
    if (cpu->machine->closing) {
        uc_emu_stop(cpu->engine);
    }
    return false;
}

/* The dispatch ------------------------------------------------------------------- */

/* note_end: what is to be looked at behind an instruction that the engine does. */
static bool note_end(struct sim_cpu *cpu, enum instruction kind)
{
    switch (kind) {
    case INSN_SHADOW:
        cpu->attention |= ATTEND_SHADOW;
        break;
    case INSN_STI:
        cpu->attention |= ATTEND_SHADOW | ATTEND_IRQ;
        break;
    case INSN_FAR:
        cpu->attention |= cpu->narrow ? 0 : ATTEND_SEGMENT;
        break;
    case INSN_IRET:
        if (cpu->machine->watching) {
            watch_iret(cpu);
        }
        cpu->nmi_blocked = false;
        cpu->attention |= cpu->narrow ? 0 : ATTEND_SEGMENT;
        __attribute__((fallthrough));
    default:
        cpu->attention |= ATTEND_IRQ;
        break;
    }
    return true;
}

/* execute_control: control and debug registers. */
static bool execute_control(struct sim_cpu *cpu, const struct decoded *decoded,
                            const uint8_t *bytes)
{
    switch (decoded->kind) {
    case INSN_MOV_FROM_CR:
        return mov_from_cr(cpu, decoded);
    case INSN_MOV_TO_CR:
        return mov_to_cr(cpu, decoded);
    case INSN_SMSW:
        return store_status(cpu, decoded);
    case INSN_LMSW:
        return load_status(cpu, decoded, bytes);
    case INSN_CLTS:
        cpu->cr0 &= ~CR0_TS;
        fpu_control(cpu);
        return true;
    default:
        return debug_mov(cpu, decoded);
    }
}

/* execute_counter: what answers in EAX to EDX, and wrmsr. */
static bool execute_counter(struct sim_cpu *cpu, const struct decoded *decoded)
{
    switch (decoded->kind) {
    case INSN_RDTSC:
        return read_counter(cpu, CORRECT_PAIR);
    case INSN_RDTSCP:
        return read_counter(cpu, CORRECT_TSCP);
    case INSN_RDMSR:
        return read_msr(cpu);
    case INSN_WRMSR:
        return write_msr(cpu, decoded);
    default:
        return cpuid(cpu);
    }
}

/* execute_int: int3, int1, int n. */
static bool execute_int(struct sim_cpu *cpu, const struct decoded *decoded)
{
    const uint8_t vector = decoded->kind == INSN_INT3   ? EXCEPTION_BP
                           : decoded->kind == INSN_INT1 ? EXCEPTION_DB
                                                        : decoded->immediate;

    deliver_software(cpu, vector, cpu->address + decoded->length);
    return false;
}

bool cpu_execute(struct sim_cpu *cpu, const struct decoded *decoded, const uint8_t *bytes)
{
    switch (decoded->kind) {
    case INSN_PLAIN:
    case INSN_POINT:
        return true;
    case INSN_LOCKED:
        cpu->locked = true;
        return true;
    case INSN_ALIGNED:
        cpu->check = CHECK_ALIGNED;
        return true;
    case INSN_MXCSR:
        cpu->check = CHECK_MXCSR;
        return true;
    case INSN_SHADOW:
    case INSN_STI:
    case INSN_FAR:
    case INSN_IRET:
    case INSN_FLAGS:
        return note_end(cpu, decoded->kind);
    case INSN_PAUSE:
        schedule_pause(cpu->machine);
        return true;
    case INSN_HLT:
        return halt(cpu, decoded);
    case INSN_STORES:
    case INSN_MOVES:
        string_step(cpu, decoded->kind == INSN_MOVES, decoded->width);
        return true;
    case INSN_MOV_FROM_CR:
    case INSN_MOV_TO_CR:
    case INSN_MOV_FROM_DR:
    case INSN_MOV_TO_DR:
    case INSN_CLTS:
    case INSN_SMSW:
    case INSN_LMSW:
        return execute_control(cpu, decoded, bytes);
    case INSN_INVLPG:
        tlb_invalidate(cpu, operand_address(cpu, bytes, decoded->length));
        return true;
    case INSN_RDTSC:
    case INSN_RDTSCP:
    case INSN_RDMSR:
    case INSN_WRMSR:
    case INSN_CPUID:
        return execute_counter(cpu, decoded);
    case INSN_SAVES:
        return saves(cpu, bytes);
    case INSN_INT3:
    case INSN_INT1:
    case INSN_INT:
        return execute_int(cpu, decoded);
    case INSN_UNDEFINED:
        return fault(cpu, EXCEPTION_UD, false);
    }
    return true;
}

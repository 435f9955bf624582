/* SPDX-License-Identifier: MIT */
/*
 * deliver.c: interrupts and exceptions, as 64-bit mode delivers them: the gate,
 * the stack (the current one or one of the TSS), the frame, the flags.
 *
 * An exception while one is being delivered becomes a double fault where the
 * manual's table says so, otherwise takes its place; one more ends in a triple
 * fault, which resets the machine.
 * Reference: Intel, "Software Developer's Manual", volume 3, "Interrupt and
 * Exception Handling".
 */
#include "cpu.h"

#include <string.h>

#define GATE_PRESENT   (1ull << 47)
#define GATE_TYPE(Low) ((Low) >> 40 & 0x1F)
#define TYPE_INTERRUPT 0x0Eu
#define TYPE_TRAP      0x0Fu

#define ERROR_EXTERNAL 1u
#define ERROR_IDT      2u

#define TSS_IST1 36u /* of 7, 8 bytes each */

enum source { SOURCE_EXTERNAL, SOURCE_EXCEPTION, SOURCE_SOFTWARE };

/* What is to be delivered, and what went wrong with it. */
struct event {
    enum source source;
    uint8_t vector;
    bool has_error;
    uint32_t error;
    uint64_t cr2;
    uint64_t rip; /* to return to */
};

static bool fails(struct event *nested, uint8_t vector, uint32_t error, uint64_t cr2)
{
    *nested = (struct event){
        .source = SOURCE_EXCEPTION,
        .vector = vector,
        .has_error = true,
        .error = error,
        .cr2 = cr2,
    };
    return false;
}

/* put: write to the stack, which may lie in pages with code. */
static void put(struct sim_cpu *cpu, uint8_t *host, const void *bytes, size_t size)
{
    struct sim_machine *machine = cpu->machine;
    const uint64_t physical = (uint64_t)(host - machine->ram);

    machine_dirty(machine, physical);
    memcpy(host, bytes, size);
    if (machine->page_kind[physical / SIM_PAGE] & PAGE_CODE) {
        tlb_code_written(machine, physical, (uint32_t)size);
    }
}

/* access_word: read or write one word of the guest. => false: *nested is #GP, #SS or #PF */
static bool access_word(struct sim_cpu *cpu, uint64_t address, uint64_t *word, bool write,
                        struct event *nested)
{
    for (size_t done = 0, size; done < sizeof(*word); done += size) {
        const uint64_t at = address + done;
        const size_t room = SIM_PAGE - (at & (SIM_PAGE - 1));
        uint32_t error;
        uint8_t *host;

        size = room < sizeof(*word) - done ? room : sizeof(*word) - done;
        if (!mmu_is_canonical(at)) {
            return fails(nested, write ? EXCEPTION_SS : EXCEPTION_GP, 0, 0);
        }
        host = mmu_host(cpu, at, write ? MMU_WRITE : MMU_READ, &error);
        if (host == NULL) {
            return fails(nested, EXCEPTION_PF, error, at);
        }
        if (write) {
            put(cpu, host, (uint8_t *)word + done, size);
        } else {
            memcpy((uint8_t *)word + done, host, size);
        }
    }
    return true;
}

/* read_gate: => false: *nested */
static bool read_gate(struct sim_cpu *cpu, const struct event *event, uint64_t gate[2],
                      struct event *nested)
{
    const uint32_t error = (uint32_t)event->vector * 8 + ERROR_IDT +
                           (event->source == SOURCE_SOFTWARE ? 0 : ERROR_EXTERNAL);
    uc_x86_mmr table;

    uc_reg_read(cpu->engine, UC_X86_REG_IDTR, &table);
    if (event->vector * 16u + 15 > table.limit) {
        return fails(nested, EXCEPTION_GP, error, 0);
    }
    for (unsigned i = 0; i < 2; i++) {
        if (!access_word(cpu, table.base + event->vector * 16u + i * 8, &gate[i], false, nested)) {
            return false;
        }
    }
    if (GATE_TYPE(gate[0]) != TYPE_INTERRUPT && GATE_TYPE(gate[0]) != TYPE_TRAP) {
        return fails(nested, EXCEPTION_GP, error, 0);
    }
    if ((gate[0] & GATE_PRESENT) == 0) {
        return fails(nested, EXCEPTION_NP, error, 0);
    }
    return true;
}

/* choose_stack: the gate's own stack, or the current one. => false: *nested */
static bool choose_stack(struct sim_cpu *cpu, uint64_t gate, uint64_t *stack, struct event *nested)
{
    const unsigned number = gate >> 32 & 7;
    uc_x86_mmr tss;

    if (number == 0) {
        *stack = cpu_get(cpu, UC_X86_REG_RSP) & ~15ull;
        return true;
    }
    uc_reg_read(cpu->engine, UC_X86_REG_TR, &tss);
    if (TSS_IST1 + number * 8 - 1 > tss.limit) {
        return fails(nested, EXCEPTION_TS, tss.selector & ~3u, 0);
    }
    if (!access_word(cpu, tss.base + TSS_IST1 + (number - 1) * 8, stack, false, nested)) {
        return false;
    }
    *stack &= ~15ull;
    return true;
}

/* check_target: does the gate lead to 64-bit kernel code? => false: *nested */
static bool check_target(struct sim_cpu *cpu, const struct event *event, uint64_t gate,
                         struct event *nested)
{
    uint8_t vector;
    uint32_t error;

    if (segment_is_code(cpu, gate >> 16 & 0xFFFF, &vector, &error)) {
        return true;
    }
    return fails(nested, vector, error | (event->source == SOURCE_SOFTWARE ? 0 : ERROR_EXTERNAL),
                 0);
}

/* enter: deliver one event. => false: nothing has happened but *nested */
static bool enter(struct sim_cpu *cpu, const struct event *event, struct event *nested)
{
    const uint64_t flags = (uint32_t)cpu_get(cpu, UC_X86_REG_EFLAGS);
    const uint64_t selector = cpu_get(cpu, UC_X86_REG_CS) & 0xFFFF;
    uint64_t frame[6] = {
        cpu_get(cpu, UC_X86_REG_SS) & 0xFFFF,
        cpu_get(cpu, UC_X86_REG_RSP),
        flags,
        selector,
        event->rip,
        event->error,
    };
    const unsigned words = event->has_error ? 6 : 5;
    uint64_t gate[2], stack, cleared = FLAG_TF | FLAG_NT | FLAG_RF | FLAG_VM;

    if (!read_gate(cpu, event, gate, nested) || !check_target(cpu, event, gate[0], nested) ||
        !choose_stack(cpu, gate[0], &stack, nested)) {
        return false;
    }
    for (unsigned i = 0; i < words; i++) {
        stack -= 8;
        if (!access_word(cpu, stack, &frame[i], true, nested)) {
            return false;
        }
    }
    if (GATE_TYPE(gate[0]) == TYPE_INTERRUPT) {
        cleared |= FLAG_IF;
    }
    if (event->vector == EXCEPTION_PF && event->source == SOURCE_EXCEPTION) {
        cpu_set(cpu, UC_X86_REG_CR2, event->cr2);
    }
    cpu_set(cpu, UC_X86_REG_RSP, stack);
    cpu_set(cpu, UC_X86_REG_EFLAGS, flags & ~cleared);
    if ((gate[0] >> 16 & 0xFFFF) != selector) {
        cpu_set(cpu, UC_X86_REG_CS, gate[0] >> 16 & 0xFFFF);
    }
    cpu_set(cpu, UC_X86_REG_RIP,
            (gate[0] & 0xFFFF) | (gate[0] >> 32 & 0xFFFF0000u) | gate[1] << 32);
    return true;
}

static bool is_contributory(uint8_t vector)
{
    return vector == EXCEPTION_DE || (vector >= EXCEPTION_TS && vector <= EXCEPTION_GP);
}

/* makes_double: does second, while first is being delivered, become a double fault? */
static bool makes_double(const struct event *first, const struct event *second)
{
    if (first->source != SOURCE_EXCEPTION) {
        return false;
    }
    return (is_contributory(first->vector) && is_contributory(second->vector)) ||
           (first->vector == EXCEPTION_PF &&
            (is_contributory(second->vector) || second->vector == EXCEPTION_PF));
}

static void triple_fault(struct sim_cpu *cpu, const struct event *last, uint64_t rip)
{
    struct sim_machine *machine = cpu->machine;

    machine_reset(machine,
                  "a triple fault of processor %u: exception %u (error 0x%X, address 0x%016llX) at "
                  "0x%016llX could not be delivered",
                  cpu->index, last->vector, last->error, (unsigned long long)last->cr2,
                  (unsigned long long)rip);
    schedule_leave(machine);
}

static void deliver(struct sim_cpu *cpu, struct event event)
{
    /* A fault on the way returns to the instruction, also where that is int n. */
    const uint64_t rip = cpu_get(cpu, UC_X86_REG_RIP);
    struct event nested;

    if (cpu->narrow) {
        triple_fault(cpu, &event, cpu->address);
        return;
    }
    while (!enter(cpu, &event, &nested)) {
        if (event.source == SOURCE_EXCEPTION && event.vector == EXCEPTION_DF) {
            triple_fault(cpu, &nested, rip);
            return;
        }
        if (makes_double(&event, &nested)) {
            nested = (struct event){
                .source = SOURCE_EXCEPTION,
                .vector = EXCEPTION_DF,
                .has_error = true,
            };
        }
        event = nested;
        event.rip = rip;
    }
    if (cpu->machine->watching) {
        watch_delivered(cpu, event.vector, event.source == SOURCE_EXTERNAL, event.has_error);
    }
}

void deliver_interrupt(struct sim_cpu *cpu, uint8_t vector)
{
    deliver(cpu, (struct event){
                     .source = SOURCE_EXTERNAL,
                     .vector = vector,
                     .rip = cpu_get(cpu, UC_X86_REG_RIP),
                 });
}

void deliver_exception(struct sim_cpu *cpu, uint8_t vector, bool has_error, uint32_t error,
                       uint64_t cr2)
{
    deliver(cpu, (struct event){
                     .source = SOURCE_EXCEPTION,
                     .vector = vector,
                     .has_error = has_error,
                     .error = error,
                     .cr2 = cr2,
                     .rip = cpu_get(cpu, UC_X86_REG_RIP),
                 });
}

void deliver_software(struct sim_cpu *cpu, uint8_t vector, uint64_t return_address)
{
    deliver(cpu, (struct event){
                     .source = SOURCE_SOFTWARE,
                     .vector = vector,
                     .rip = return_address,
                 });
}

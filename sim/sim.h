/* SPDX-License-Identifier: MIT */
/*
 * sim.h: the deterministic machine, and the seams between its rooms.
 *
 *   machine.c   the machine: memory, processors, virtual time; create, boot, run, destroy
 *   cpu*.c      a processor: a Unicorn engine in a coroutine of its own, and every
 *               instruction that the engine does not do as a processor does
 *   mmu.c       page walks; the engine's region list as this processor's TLB
 *   deliver.c   interrupts and exceptions: the IDT, stacks, frames
 *   apic.c      the local APIC: registers, priorities, timer, sending (pure state)
 *   device*.c   ports and memory-mapped devices other than the local APIC
 *   acpi.c      the tables that the HAL finds
 *   boot.c      kernel, HAL and drivers into memory, as the PVH path leaves them
 *   schedule.c  which processor runs next, and when an interrupt arrives
 *   snapshot.c  the machine as it was when the drivers began, again and again
 *   race.c      data races; watch*.c: calls, routines, locks (watch.h)
 *
 * Nothing in here knows an address, a symbol or a structure of the kernel:
 * the machine sees instructions, memory and records (include/record.h).
 * Nothing comes from the host but the files and the seed: no time, no pid, no
 * pointer value, so that a seed is a run.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "watch.h"

#define SIM_PAGE           4096u
#define SIM_MAX_PROCESSORS 256u
#define SIM_FREQUENCY      100000000u /* of the time-stamp counter: one tick an instruction, 100 MHz */
#define SIM_APIC_BASE      0xFEE00000u
#define SIM_IOAPIC_BASE    0xFEC00000u
#define SIM_HPET_BASE      0xFED00000u
#define SIM_PHYSICAL_BITS  40u  /* CPUID leaf 0x80000008; reserved in page tables and IA32_APIC_BASE */

struct sim_machine;
struct sim_cpu;

/* Machine ---------------------------------------------------------------- */

struct sim_file {
    const char *name; /* "ntoskrnl.exe", "sample.sys" */
    const uint8_t *bytes;
    size_t size;
};

enum sim_strategy {
    SIM_RANDOM, /* at one decision point in four any processor goes on */
    SIM_PCT,    /* priorities, which change at depth - 1 of steps decision points */
};

struct sim_options {
    unsigned processors;
    const uint32_t *apic_ids; /* [processors], NULL = 0, 1, 2, ... */
    uint64_t memory;          /* bytes of RAM, a multiple of 2 MiB */
    uint64_t seed;            /* of everything from sim_begin on; booting is always the same */
    enum sim_strategy strategy;
    unsigned depth;           /* SIM_PCT: d, at least 1 */
    uint64_t steps;           /* SIM_PCT: k, about how many decision points a run has */
    bool races;               /* look for data races */
    bool snapshot;            /* sim_run returns SIM_BEGUN at sim_begin, for sim_restart */
    const char *kernel_options; /* what LOADER_BLOCK.Options points to */
    struct sim_file kernel, hal;
    const struct sim_file *drivers;
    size_t driver_count;
    bool x2apic;              /* cpuid offers x2APIC also where the ids do not need it */
    /*
     * Instructions of all processors together, 0 = no limit: then time rushes, so that the kernel's
     * watchdog sees what hangs; after as many again the run ends.
     */
    uint64_t budget;
    uint64_t call_budget;     /* the same while a call is pending and nothing of it begins or ends */
    uint64_t silence;         /* ticks without a report until each processor gets an NMI; 0 = none */
    /* The report channel: bytes as the kernel writes them. */
    void (*report)(void *context, const uint8_t *bytes, size_t length);
    /* What the machine itself finds (watch.h), when it happens; NULL = nobody listens. */
    void (*found)(void *context, const struct sim_finding *finding);
    void *context;
};

enum sim_end {
    SIM_BEGUN,    /* options.snapshot: sim_begin was called; no end */
    SIM_STOPPED,  /* the kernel stopped the machine; status is what it wrote */
    SIM_BUDGET,   /* the instruction budget is spent */
    SIM_DEADLOCK, /* every processor is parked and nothing can wake one */
    SIM_SILENT,   /* no report for twice options.silence: the NMI has not helped */
    SIM_RESET,    /* a triple fault, or a write to the reset port */
    SIM_LIMIT,    /* a program needs what this machine does not have; message says what */
    SIM_FAILED,   /* the simulator itself; message says why */
};

struct sim_result {
    enum sim_end end;
    uint32_t status;
    uint64_t instructions; /* of all processors, since sim_begin */
    uint64_t decisions;    /* decision points since then */
    uint64_t schedule_hash;
    char message[256];
};

/* sim_create: => NULL after a message in *result.  Nothing has run yet. */
struct sim_machine *sim_create(const struct sim_options *options, struct sim_result *result);
void sim_run(struct sim_machine *machine, struct sim_result *result);
void sim_destroy(struct sim_machine *machine);
/*
 * sim_begin: drivers start now; to be called from within options.report.  All
 * processors go on to their next instruction; from there on the seed and the
 * strategy decide, and the machine watches.  Only the first call counts.
 */
void sim_begin(struct sim_machine *machine);
/*
 * sim_restart: the machine is again as when sim_run returned SIM_BEGUN, for a
 * schedule with this seed; sim_run goes on from there.  steps: options.steps.
 */
void sim_restart(struct sim_machine *machine, uint64_t seed, uint64_t steps);

/* sim_covered: has the instruction of a driver run since sim_begin, in any schedule so far? */
bool sim_covered(const struct sim_machine *machine, int driver, uint64_t offset);

/* sim_read: read the guest's memory as a processor sees it. => false: not mapped */
bool sim_read(struct sim_machine *machine, unsigned processor, uint64_t address, void *bytes,
              size_t length);
/* sim_place_of: where a processor is. */
struct sim_place sim_place_of(struct sim_machine *machine, unsigned processor);

/* Guest-physical memory as host memory; NULL outside RAM.  length must not leave RAM. */
void *sim_ram(struct sim_machine *machine, uint64_t physical, size_t length);
uint64_t sim_ram_size(const struct sim_machine *machine);
unsigned sim_processor_count(const struct sim_machine *machine);
struct sim_cpu *sim_processor(struct sim_machine *machine, unsigned index);
const struct sim_options *sim_options(const struct sim_machine *machine);

/* Virtual time in ticks of SIM_FREQUENCY; the same for all processors; only ever grows. */
uint64_t sim_now(const struct sim_machine *machine);
/* The kernel has written Status to the exit port: sim_run ends after this instruction. */
void sim_stop(struct sim_machine *machine, enum sim_end end, uint32_t status);

/* Boot (boot.c) ------------------------------------------------------------ */

/* The state in which the boot processor enters KiSystemStartup (include/loader.h). */
struct sim_start {
    uint64_t rip, rsp, rcx, cr3;
};

/* sim_boot: fill RAM as the PVH path leaves it.  => false after a message */
bool sim_boot(struct sim_machine *machine, struct sim_start *start, char *message, size_t size);
/* sim_acpi_build: RSDP, XSDT, MADT, HPET, FADT into RAM.  => physical address of the RSDP */
uint64_t sim_acpi_build(struct sim_machine *machine, uint64_t physical);

/* Local APIC (apic.c): pure state; a processor's index is who it is ---------- */

struct sim_apic;

enum sim_signal {
    SIM_SIGNAL_INTERRUPT, /* vector */
    SIM_SIGNAL_NMI,
    SIM_SIGNAL_INIT,
    SIM_SIGNAL_STARTUP, /* vector: page number */
    SIM_SIGNAL_LEVEL,   /* vector, from a level-triggered line */
    SIM_SIGNAL_END,     /* vector: a level-triggered one has been acknowledged; to nobody but the devices */
};

/*
 * What the APICs call: a signal is on its way to another processor (schedule.c
 * decides when it lands, and then calls sim_apic_accept or does what the signal
 * says).  A vector to the sender itself is accepted at once, without this call;
 * from == to is possible with an NMI, INIT or SIPI that names the sender.
 */
typedef void sim_apic_send(void *context, unsigned from, unsigned to, enum sim_signal signal, uint8_t vector);

/*
 * The power-up state: xAPIC mode, or x2APIC mode where the id has more than 8
 * bits (or is 255), as firmware leaves such processors.  sim_apic_reset is INIT:
 * IA32_APIC_BASE, and with it the mode, stays.
 */
struct sim_apic *sim_apic_create(unsigned index, uint32_t id, bool boot_processor, sim_apic_send *send, void *context);
void sim_apic_destroy(struct sim_apic *apic);
void sim_apic_reset(struct sim_apic *apic);
/* All APICs of the machine, so that destinations can be resolved; set once. */
void sim_apic_connect(struct sim_apic *apic, struct sim_apic **all, unsigned count);
/* Take over what a program can change, for a snapshot. */
void sim_apic_copy(struct sim_apic *to, const struct sim_apic *from);
uint32_t sim_apic_id(const struct sim_apic *apic);
/* => IA32_APIC_BASE.EN; CPUID leaf 1 EDX bit 9 */
bool sim_apic_enabled(const struct sim_apic *apic);

/* Memory-mapped registers (xAPIC), offset 0..0xFFF; 32-bit accesses at multiples of 16, others read 0. */
uint32_t sim_apic_mmio_read(struct sim_apic *apic, uint32_t offset, uint64_t now);
void sim_apic_mmio_write(struct sim_apic *apic, uint32_t offset, uint32_t value, uint64_t now);
/* MSRs 0x1B and 0x800-0x8FF.  => false: #GP */
bool sim_apic_msr_read(struct sim_apic *apic, uint32_t msr, uint64_t *value, uint64_t now);
bool sim_apic_msr_write(struct sim_apic *apic, uint32_t msr, uint64_t value, uint64_t now);

/* A vector arrives: set its IRR bit; from a level-triggered line: its TMR bit, too. */
void sim_apic_accept(struct sim_apic *apic, uint8_t vector);
void sim_apic_accept_level(struct sim_apic *apic, uint8_t vector);
/*
 * sim_apic_message: a device's message for those of all APICs that an 8-bit destination means; command: its
 * low 12 bits as in ICR.  Fixed and lowest priority only.
 * => send is called for each, with SIM_DEVICES as the sender
 */
#define SIM_DEVICES 0xFFFFFFFFu
void sim_apic_message(struct sim_apic *const *all, unsigned count, uint8_t destination, uint32_t command,
                      bool level, sim_apic_send *send, void *context);
/* => the vector to deliver now, given its own TPR and ISR, or -1.  IF is the processor's matter. */
int sim_apic_pending(const struct sim_apic *apic);
/* The processor delivers that vector: IRR -> ISR. */
void sim_apic_acknowledge(struct sim_apic *apic, uint8_t vector);
uint8_t sim_apic_cr8(const struct sim_apic *apic);
void sim_apic_set_cr8(struct sim_apic *apic, uint8_t value);
/* The timer: when it fires next (UINT64_MAX = never), and let it fire if now is that far. */
uint64_t sim_apic_deadline(const struct sim_apic *apic);
void sim_apic_tick(struct sim_apic *apic, uint64_t now);

/* Devices (device*.c) ------------------------------------------------------- */

struct sim_devices;

struct sim_devices *sim_devices_create(struct sim_machine *machine);
void sim_devices_destroy(struct sim_devices *devices);
/* Take over what a program can change, for a snapshot. */
void sim_devices_copy(struct sim_devices *to, const struct sim_devices *from);
/* size: 1, 2, 4 */
uint32_t sim_port_read(struct sim_devices *devices, uint16_t port, unsigned size, uint64_t now);
void sim_port_write(struct sim_devices *devices, uint16_t port, unsigned size, uint32_t value, uint64_t now);
/* Is this page a device's?  (Not the local APIC's.) */
bool sim_is_device(const struct sim_devices *devices, uint64_t physical);
uint64_t sim_device_read(struct sim_devices *devices, uint64_t physical, unsigned size, uint64_t now);
void sim_device_write(struct sim_devices *devices, uint64_t physical, unsigned size, uint64_t value, uint64_t now);
/* The next time at which a device raises an interrupt (UINT64_MAX = never), and let it. */
uint64_t sim_devices_deadline(const struct sim_devices *devices);
void sim_devices_tick(struct sim_devices *devices, uint64_t now);
/* What a device calls: a message of the I/O APIC's, as sim_apic_message has it, is on its way. */
void sim_device_message(struct sim_machine *machine, uint8_t destination, uint32_t command, bool level);
/* SIM_SIGNAL_END: a line that is still asserted interrupts again. */
void sim_devices_end(struct sim_devices *devices, uint8_t vector);

/* SPDX-License-Identifier: MIT */
/*
 * cpu.h: one processor.
 *
 * The Unicorn engine executes the plain instructions.  The code hook, which it
 * calls before every instruction, is where everything else happens, in this
 * order: what the previous instruction left to be corrected, the interrupts,
 * the scheduler, and the instruction itself if the engine does not do it as a
 * processor does.
 *
 *   cpu.c            life, signals
 *   cpu_hook.c       the hooks before instructions, for exceptions and ports
 *   cpu_run.c        the loop around the engine
 *   cpu_code.c       what is known of code: how its instructions are to be handled
 *   cpu_memory.c     the memory hooks
 *   cpu_decode.c     which instructions are not plain
 *   cpu_sse.c        which instructions need an aligned operand
 *   cpu_fpu.c        x87 and SSE that have been turned off
 *   cpu_execute.c    what these do
 *   cpu_string.c     rep stos and rep movs in large steps
 *   cpu_operand.c    where a memory operand is
 *   cpu_msr.c        model-specific registers
 *   cpu_cpuid.c      cpuid
 *   cpu_debug.c      debug registers, single steps
 *   cpu_segment.c    code segments, and the error codes that name a selector
 *   cpu_guard.c      instructions that the engine's translator cannot even refuse
 *   cpu_start.c      INIT and the start-up interrupt, real mode
 *   mmu.c            page walks
 *   tlb.c            the engine's regions
 *   deliver.c        interrupts and exceptions
 *   engine_exception.c  exceptions of the engine that deliver.c has delivered
 *
 * The engine itself runs without paging (its CR0.PG is 0): a virtual address is
 * an address of its region list, and that list is this processor's TLB.
 */
#pragma once

#include "machine.h"

#include <setjmp.h>

#include <unicorn/unicorn.h>

#define CR0_PE 0x00000001ull
#define CR0_TS 0x00000008ull
#define CR0_WP 0x00010000ull
#define CR0_PG 0x80000000ull

#define CR4_PAE 0x20ull

#define EFER_SCE 0x001ull
#define EFER_LME 0x100ull
#define EFER_LMA 0x400ull
#define EFER_NXE 0x800ull

#define FLAG_TF 0x00000100u
#define FLAG_IF 0x00000200u
#define FLAG_NT 0x00004000u
#define FLAG_RF 0x00010000u
#define FLAG_VM 0x00020000u

enum exception {
    EXCEPTION_DE = 0,
    EXCEPTION_DB = 1,
    EXCEPTION_NMI = 2,
    EXCEPTION_BP = 3,
    EXCEPTION_UD = 6,
    EXCEPTION_NM = 7,
    EXCEPTION_DF = 8,
    EXCEPTION_TS = 10,
    EXCEPTION_NP = 11,
    EXCEPTION_SS = 12,
    EXCEPTION_GP = 13,
    EXCEPTION_PF = 14,
    EXCEPTION_MF = 16,
    EXCEPTION_AC = 17,
    EXCEPTION_XM = 19,
};

/* The instructions that the code hook has to look at. */
enum instruction {
    INSN_PLAIN,
    INSN_LOCKED, /* a read-modify-write that nothing comes in between */
    INSN_POINT,  /* plain, but others can see or feel it: flags, ports */
    INSN_SHADOW, /* no interrupt before the next instruction is over: mov ss, pop ss */
    INSN_STI,
    INSN_FLAGS, /* may set IF: popf */
    INSN_IRET,
    INSN_PAUSE,
    INSN_HLT,
    INSN_FAR,      /* may change CS: far jumps, calls and returns */
    INSN_ALIGNED,  /* SSE: its operand in memory is aligned to 16 */
    INSN_MXCSR,    /* loads MXCSR from memory */
    INSN_LAST_SIMPLE = INSN_MXCSR, /* so far the kind and the length are all that is needed */
    INSN_STORES,                 /* rep stos */
    INSN_MOVES,                  /* rep movs */
    INSN_MOV_FROM_CR,
    INSN_MOV_TO_CR,
    INSN_MOV_FROM_DR,
    INSN_MOV_TO_DR,
    INSN_CLTS,
    INSN_SMSW,
    INSN_LMSW,
    INSN_INVLPG,
    INSN_RDTSC,
    INSN_RDTSCP,
    INSN_RDMSR,
    INSN_WRMSR,
    INSN_CPUID,
    INSN_SAVES, /* x87 state, enter: writes memory, then changes more */
    INSN_INT3,
    INSN_INT1,
    INSN_INT,
    INSN_UNDEFINED, /* #UD, whatever the engine thinks */
};

/*
 * What is known of the instruction that begins at a byte of code (machine.code):
 * 1 + enum instruction as long as the bytes stay as they are, and these.
 */
#define CODE_KIND    0x3Fu
#define CODE_WATCHED 0x40u /* watch_code wants to know when it runs */
#define CODE_SEEN    0x80u /* it has run, and is counted as covered */
#define CODE_PLAIN   (CODE_SEEN | (1u + INSN_PLAIN)) /* nothing to do for it */

struct decoded {
    enum instruction kind;
    uint8_t length;
    uint8_t modrm;
    uint8_t rex; /* 0 = none */
    uint8_t immediate;
    uint8_t width; /* of an element of a string */
    bool wide;     /* 64-bit code */
};

/* Which correction the next hook has to make. */
enum correction {
    CORRECT_NOTHING,
    CORRECT_REGISTER, /* register_id = value */
    CORRECT_PAIR,     /* edx:eax = value, as rdmsr and rdtsc */
    CORRECT_TSCP,     /* and ecx = value2 */
    CORRECT_CPUID,
};

/* How far an instruction is: what has been done for it, and is not done again if it is repeated. */
#define PROGRESS_COUNTED 1u /* it is counted, interrupts and slices have had their turn */
#define PROGRESS_POINT   2u /* its decision point has been */
#define PROGRESS_WATCHED 3u /* watch_code has been called */

/* Reasons for the code hook to leave its fast path. */
#define ATTEND_CORRECT 0x01u /* cpu->correction */
#define ATTEND_IRQ     0x02u /* the local APIC may have something */
#define ATTEND_NMI     0x04u
#define ATTEND_INIT    0x08u
#define ATTEND_STARTUP 0x10u
#define ATTEND_SHADOW  0x20u /* interrupts wait for one more instruction */
#define ATTEND_CODE    0x40u /* code that it may have translated has been written to */
#define ATTEND_STOP    0x80u /* the run has ended */
#define ATTEND_BEGIN   0x100u /* sim_begin was called */
#define ATTEND_GATHER  0x200u /* the processor that begins waits for this one */
#define ATTEND_EVICT   0x400u /* stale translations go */
#define ATTEND_SEGMENT 0x800u /* CS may have changed */
#define ATTEND_FAILED  0x2000u /* an access could not be done: the engine is about to be left */
#define ATTEND_DEBUG   0x1000u /* cpu->debug_hits, or a breakpoint on code is set */

/* What an access to memory must hold for the instruction not to be #GP(0). */
enum check {
    CHECK_NOTHING,
    CHECK_ALIGNED, /* its address is a multiple of 16 */
    CHECK_MXCSR,   /* the 4 bytes that it reads have no bits that MXCSR does not have */
    CHECK_FAILED,  /* the engine has been made to fault at the access */
};

/* What the loop around the engine has to do, once the engine has been left. */
enum request {
    REQUEST_NONE,
    REQUEST_RETRY, /* the instruction, which can do its access now */
    REQUEST_RAISE, /* vector, error, cr2 */
    REQUEST_INIT,
};

enum tlb_kind {
    TLB_RAM,
    TLB_APIC,
    TLB_DEVICE,
    TLB_NOTHING, /* no such memory: reads all ones */
};

/* A region of the engine: a range of virtual addresses, one protection, contiguous memory. */
struct tlb_region {
    uint64_t begin, end; /* end: its last byte */
    uint64_t physical;
    uint8_t protection; /* UC_PROT_xxx */
    uint8_t kind;       /* enum tlb_kind */
    bool writes_forced; /* writable only because CR0.WP is 0 */
};

#define TLB_LIMIT   96u /* a region list is quick up to about here */
#define TLB_DEVICES 16u
#define KNOWN_PAGES 64u
#define CPU_NO_PAGE 1u /* never the address of a page */
#define MSR_COUNT   64u

/* A store to a page with code. */
struct code_write {
    uint64_t physical;
    uint32_t size;
};

#define CODE_WRITES 8u
#define CPU_TRAPS   64u

/* What a device's region has to tell its accesses. */
struct tlb_device {
    struct sim_cpu *cpu;
    uint64_t physical;
};

/* The engine's state as cpu_guard.c knows it; a restart leaves it as it is. */
struct guard {
    sigjmp_buf departure; /* out of the engine, while .. */
    bool inside;          /* .. this processor is in it */
    unsigned departures;
    uint64_t traps[CPU_TRAPS]; /* addresses of instructions that must not be translated */
    unsigned trap_count;
};

struct sim_cpu {
    struct sim_machine *machine;
    struct sim_apic *apic;
    unsigned index;
    uc_engine *engine;
    struct coroutine coroutine;

    /* The hook's own. */
    uint32_t attention; /* ATTEND_xxx */
    bool locked;        /* inside an instruction that nothing comes in between */
    bool repeating;     /* the next instruction is one that has begun before */
    bool outdated;      /* what the engine has translated of it may be old */
    uint8_t progress;   /* of the instruction, PROGRESS_xxx */
    uint32_t accesses;  /* of the instruction, so far */
    uint32_t accesses_done; /* that have had their turn before it was repeated */
    enum check check;   /* what the instruction's access has to hold */
    uint64_t refused;   /* CHECK_FAILED: where */
    bool nmi_blocked;   /* until iretq */
    bool parked;        /* in hlt, or waiting for a start-up interrupt */
    bool waits_for_startup;
    bool halted;         /* in hlt */
    bool halted_enabled; /* IF when it halted */
    bool narrow;         /* not in 64-bit code yet, see cpu_start.c */
    uint8_t startup_page;
    uint64_t code_base;      /* of CS, while narrow */
    uint8_t *startup_memory; /* the machine's own, while the start-up code needs it; or NULL */
    uint64_t deadline;       /* its timer's */
    uint64_t address;        /* linear, of the current instruction */
    uint32_t length;         /* of it, in bytes */
    uint64_t code_page;      /* virtual address of the page of code_bytes; 1 = none */
    const uint8_t *code_bytes;
    uint8_t *code_flags; /* of that page, CODE_xxx */
    bool kernel_code;    /* that page is the kernel's, not a driver's */
    uint64_t stack_begin, stack_end; /* what counts as its own stack */

    enum correction correction;
    int register_id;
    uint64_t value;
    uint32_t value2;
    uint32_t cpuid[4];

    enum request request;
    bool fetching; /* it was the instruction itself that could not be had */
    uint8_t vector;
    bool has_error;
    bool own; /* the engine has found the exception by itself */
    uint32_t error;
    uint64_t cr2;

    struct code_write written[CODE_WRITES]; /* for ATTEND_CODE; one too many: everything */
    unsigned written_count;
    uint64_t rewriter; /* the address of the instruction whose store these are */
    uint64_t loop;     /* where it was at the end of slices, and how many more were there .. */
    unsigned loop_slices; /* .. than elsewhere */
    uint64_t places, places_before; /* a bit for each place in memory since the last look */
    unsigned stuck;    /* times in a row that the engine was left without an instruction done */
    uint64_t stuck_at; /* machine.instructions then */
    /* Virtual pages to which accesses need no looking at, see cpu_memory.c. */
    uint64_t known[KNOWN_PAGES];
    uint64_t known_generation; /* they are as long as this is machine.page_generation */

    bool rewound; /* its coroutine is outside its engine and waits for sim_restart */

    /* The first bytes of a store that crosses a page's end, should its second half fault. */
    uint64_t torn_address;
    uint8_t torn_size;
    uint8_t torn[16];

    /* Software copies: the engine must not see them. */
    uint64_t cr0, cr3, cr4, efer;
    uint64_t dr[4], dr6, dr7;
    uint32_t debug_hits; /* bits of DR6 for the trap that comes after the instruction */
    bool fpu_off;        /* some of CR0.EM, CR0.TS, not CR4.OSFXSR: not all of x87 and SSE can be used */
    bool watches_data;   /* a breakpoint on data is set */
    uint64_t tsc_offset;
    uint64_t msrs[MSR_COUNT]; /* see cpu_msr.c */
    uc_context *pristine;     /* of the engine, for INIT */
    uc_context *scratch;      /* see engine_exception.c */
    bool engine_raised;       /* the engine has an exception to forget */

    struct guard guard;

    struct tlb_region tlb[TLB_LIMIT];
    unsigned tlb_count, tlb_victim;
    struct tlb_device devices[TLB_DEVICES];
    unsigned device_count;
};

/* cpu.c */
struct sim_cpu *cpu_create(struct sim_machine *machine, unsigned index, struct sim_apic *apic);
void cpu_destroy(struct sim_cpu *cpu);
/* The state in which the boot processor enters the kernel. */
void cpu_boot(struct sim_cpu *cpu, const struct sim_start *start);
/* A signal has arrived. */
void cpu_signal(struct sim_cpu *cpu, enum sim_signal signal, uint8_t vector);
/* Its local APIC may have an interrupt for it. */
void cpu_interrupt(struct sim_cpu *cpu);
/* Its local APIC has been written to: interrupts, timer. */
void cpu_apic_touched(struct sim_cpu *cpu);
/* Leave the engine after the current hook, and do this; the instruction has not run. */
void cpu_request(struct sim_cpu *cpu, enum request request);
void cpu_raise(struct sim_cpu *cpu, uint8_t vector, bool has_error, uint32_t error);

static inline uint64_t cpu_get(struct sim_cpu *cpu, int id)
{
    uint64_t value = 0;

    uc_reg_read(cpu->engine, id, &value);
    return value;
}

static inline void cpu_set(struct sim_cpu *cpu, int id, uint64_t value)
{
    uc_reg_write(cpu->engine, id, &value);
}

/* cpu_here: RIP of the instruction that the hook was called for. */
uint64_t cpu_here(const struct sim_cpu *cpu);
/* The general registers by their number in an instruction. */
int cpu_register_id(unsigned number);

/* cpu_hook.c */
uc_err cpu_add_hooks(struct sim_cpu *cpu);

/* cpu_run.c: what a processor's coroutine runs; its argument is the processor. */
void cpu_run(void *argument);

/* cpu_code.c */
/* code_find: learn where a page of code is. => false: it is not mapped any more */
bool code_find(struct sim_cpu *cpu, uint64_t page);
/* code_look: => what the instruction is; its kind is kept if its bytes are all in one page */
enum instruction code_look(struct sim_cpu *cpu, uint32_t size, uint8_t *flags);
/* code_bytes: => its bytes, SPARE_BYTES of them, in copy if they lie in two pages */
#define SPARE_BYTES 24u
const uint8_t *code_bytes(struct sim_cpu *cpu, uint32_t size, uint8_t copy[SPARE_BYTES]);
/* code_changed: the code there is to be looked at again. */
void code_changed(struct sim_machine *machine, uint64_t physical, uint64_t size);

/* cpu_memory.c: hooks */
void cpu_on_memory(uc_engine *engine, uc_mem_type type, uint64_t address, int size, int64_t value,
                   void *context);
bool cpu_on_invalid_memory(uc_engine *engine, uc_mem_type type, uint64_t address, int size,
                           int64_t value, void *context);

/* After CHECK_FAILED: the engine may use the region again. */
void cpu_permit(struct sim_cpu *cpu);

/* cpu_decode.c */
void decode(const uint8_t *bytes, uint32_t length, bool wide, struct decoded *out);
/* The first bytes that can begin an instruction that is not plain, for 64-bit code. */
extern const uint8_t decode_interesting[256];

/* decode_is_lockable: may the instruction that begins with this opcode have a lock prefix? */
bool decode_is_lockable(const uint8_t *opcode);

/* cpu_sse.c: opcode: behind 0F, with its ModRM; the mandatory prefixes 66, F3, F2 */
bool sse_is_aligned(const uint8_t *opcode, bool operand, bool repeat, bool repeat_not);

/* cpu_fpu.c: may it run, while cpu->fpu_off? => false: #NM or #UD; the hook returns at once */
void fpu_control(struct sim_cpu *cpu);
bool fpu_attend(struct sim_cpu *cpu, const uint8_t *bytes);

/* cpu_operand.c: the address of an instruction's memory operand, of 64-bit code. */
uint64_t operand_address(struct sim_cpu *cpu, const uint8_t *bytes, uint32_t length);

/* operand_read: an operand in memory. => false: it cannot be read, and the handler is next */
bool operand_read(struct sim_cpu *cpu, uint64_t address, void *bytes, size_t size);

/* operand_writable: can all of it be written? => false: no, and the handler is next */
bool operand_writable(struct sim_cpu *cpu, uint64_t address, unsigned size);
/* operand_saved: => how many bytes an INSN_SAVES writes, and where */
unsigned operand_saved(struct sim_cpu *cpu, const uint8_t *bytes, uint64_t *address);

/* cpu_string.c: do many elements of rep stos or rep movs; the engine goes on with the rest. */
void string_step(struct sim_cpu *cpu, bool move, unsigned width);

/* cpu_execute.c: => false: the hook returns at once, it has written RIP or asked to leave */
bool cpu_execute(struct sim_cpu *cpu, const struct decoded *decoded, const uint8_t *bytes);
/* cpu_halt: wait in hlt until something ends it. */
void cpu_halt(struct sim_cpu *cpu);
/* Make the correction that the previous instruction needs. */
void cpu_correct(struct sim_cpu *cpu);

/* skip: go on behind the instruction, which the machine has done. => false, for cpu_execute */
bool cpu_skip(struct sim_cpu *cpu, const struct decoded *decoded);
/* Give the engine the bits of CR0 and CR4 that it may see. */
void cpu_show_control(struct sim_cpu *cpu);

/* cpu_debug.c */
void debug_reset(struct sim_cpu *cpu);
/* => as cpu_execute */
bool debug_mov(struct sim_cpu *cpu, const struct decoded *decoded);
/* The engine has raised #DB, or has skipped an instruction that was to be stepped over. */
void debug_stepped(struct sim_cpu *cpu);
/* An access to data, while watches_data. */
void debug_access(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write);
/* ATTEND_DEBUG, before an instruction. => false: the handler is next */
bool debug_attend(struct sim_cpu *cpu);

/* cpu_guard.c */
void guard_install(void);
/* guard_forget: the processor goes away. */
void guard_forget(struct sim_cpu *cpu);
/* guard_start: let the engine run. => false: it was left from within; there is nothing to do */
bool guard_start(struct sim_cpu *cpu, uc_err *error);
/* guard_stopped: => true: it has stopped for such an instruction, which is done */
bool guard_stopped(struct sim_cpu *cpu);

/* cpu_segment.c */
/* segment_check: CS may have changed. => false: there is no such code here: the run has ended */
bool segment_check(struct sim_cpu *cpu);
/* segment_is_code: may a gate lead to this selector? => false: *vector with *error */
bool segment_is_code(struct sim_cpu *cpu, uint16_t selector, uint8_t *vector, uint32_t *error);
/* segment_error: => the error code of a fault that the engine has raised for an instruction */
uint32_t segment_error(struct sim_cpu *cpu, uint8_t vector);

/* cpu_msr.c */
void msr_reset(struct sim_cpu *cpu);
/* => false: #GP */
bool msr_read(struct sim_cpu *cpu, uint32_t msr, uint64_t *value);
bool msr_write(struct sim_cpu *cpu, uint32_t msr, uint64_t value);
/* The engine's own wrmsr is needed for it, or does no harm. */
bool msr_is_native(uint32_t msr);

/* cpu_cpuid.c */
void cpuid_answer(const struct sim_cpu *cpu, uint32_t leaf, uint32_t subleaf, uint32_t out[4]);

/* cpu_start.c */
/* The state after INIT: nothing runs before a start-up interrupt. */
void start_reset(struct sim_cpu *cpu);
/* The start-up interrupt: run the code of this page. */
void start_begin(struct sim_cpu *cpu, uint8_t page);
/* An instruction of start-up code is next. => false: it is none, but the machine's own */
bool start_step(struct sim_cpu *cpu);
void start_leave(struct sim_cpu *cpu);
void start_destroy(struct sim_cpu *cpu);

/* mmu.c */
enum mmu_access { MMU_READ, MMU_WRITE, MMU_EXECUTE };

struct mmu_leaf {
    uint64_t physical;  /* of the page's first byte */
    uint64_t size;      /* 4 KiB, 2 MiB, 1 GiB */
    uint8_t protection; /* UC_PROT_xxx; no UC_PROT_WRITE as long as its dirty bit is clear */
    bool writes_forced; /* UC_PROT_WRITE only because CR0.WP is 0 */
};

bool mmu_is_canonical(uint64_t address);
/* mmu_walk: walk the page tables for an access. => false: #PF with *error */
bool mmu_walk(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, struct mmu_leaf *leaf,
              uint32_t *error);
/* mmu_is_writable: may data be written there?  Nothing is marked, nor remembered. */
bool mmu_is_writable(struct sim_cpu *cpu, uint64_t address);
/* mmu_peek: what an address maps to, without an access. => false: nothing, or never accessed */
bool mmu_peek(struct sim_cpu *cpu, uint64_t address, struct mmu_leaf *leaf);
/* mmu_host: where a byte and the rest of its page are. => NULL: fault with *error, or no RAM */
void *mmu_host(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, uint32_t *error);

/* tlb.c */
const struct tlb_region *tlb_find(struct sim_cpu *cpu, uint64_t address);
#define TLB_NO_CODE UINT32_MAX
/* tlb_fill: make an access possible. => false: it faults, *error; TLB_NO_CODE: no memory, so #UD */
bool tlb_fill(struct sim_cpu *cpu, uint64_t address, enum mmu_access access, uint32_t *error);
/* tlb_invalidate: forget a page if its translation has changed. */
void tlb_invalidate(struct sim_cpu *cpu, uint64_t address);
/* tlb_validate: forget whatever no longer agrees with the page tables and CR0.WP. */
void tlb_validate(struct sim_cpu *cpu);
void tlb_clear(struct sim_cpu *cpu);
/* tlb_restore: make the list what it once was. */
void tlb_restore(struct sim_cpu *cpu, const struct tlb_region *regions, unsigned count);
/* tlb_code_written: a store to code is about to be done: tell every processor. */
void tlb_code_written(struct sim_machine *machine, uint64_t physical, uint32_t size);
/* tlb_forget_code: drop what this processor has translated of the code that has been written to. */
void tlb_forget_code(struct sim_cpu *cpu);

/* watch.c: what the machine sees of the contract */
/* watch_create: => false: no memory; watch_destroy is still to be called */
bool watch_create(struct sim_machine *machine);
void watch_destroy(struct sim_machine *machine);
/* watch_begin: nothing has been seen yet. */
void watch_begin(struct sim_machine *machine);
/* What follows is to be called only while machine.watching. */
/* watch_code: an instruction that machine_watch_code asked for is about to run. */
void watch_code(struct sim_cpu *cpu);
/*
 * watch_access: an access to memory is about to be done; own: to the processor's own stack.
 * => without options.races only of interest for a driver's reads of other memory than that
 */
void watch_access(struct sim_cpu *cpu, uint64_t address, unsigned size, bool write, bool own);
/* watch_string: so many bytes, within a page, are about to be read or written at once. */
void watch_string(struct sim_cpu *cpu, uint64_t address, uint64_t bytes, bool write);
/* watch_device_written: the processor has told a device something. */
void watch_device_written(struct sim_cpu *cpu);
/* watch_sent: a vector is on its way from one processor to another; from may be SIM_DEVICES. */
void watch_sent(struct sim_machine *machine, unsigned from, unsigned to, uint8_t vector);
/* watch_delivered: the handler's first instruction is next; external: an interrupt or an NMI. */
void watch_delivered(struct sim_cpu *cpu, uint8_t vector, bool external, bool has_error);
/* watch_iret: iretq is about to be done. */
void watch_iret(struct sim_cpu *cpu);

/* engine_exception.c: => false: not with this engine, whose second exception is a double fault */
bool engine_can_forget(void);
/* engine_forget: let the engine take no exception for one that is being delivered. */
void engine_forget(uc_engine *engine, uc_context *scratch);

/* deliver.c: => RIP, RSP, flags are those of the handler; a triple fault ends the machine */
void deliver_interrupt(struct sim_cpu *cpu, uint8_t vector);
/* error: pushed if has_error; cr2 is set for a page fault; software: int n, int3 */
void deliver_exception(struct sim_cpu *cpu, uint8_t vector, bool has_error, uint32_t error,
                       uint64_t cr2);
void deliver_software(struct sim_cpu *cpu, uint8_t vector, uint64_t return_address);

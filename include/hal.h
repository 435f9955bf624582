/* SPDX-License-Identifier: MIT */
/*
 * hal.h: all that the kernel asks of a machine.
 *
 * hal.dll imports nothing: these verbs are its exports, and HAL_CLIENT is the
 * table of kernel entries that it is handed at start.  Nothing above this file
 * executes a privileged instruction or knows what an APIC is.  A machine (a
 * PC, the simulator's PC, a Linux process) is an implementation of this file.
 */
#pragma once

#include "loader.h"
#include "nt.h"

#ifdef BUILDING_HAL
#define HALVERB NTAPI
#else
#define HALVERB NTAPI __declspec(dllimport)
#endif

#define HAL_MAXIMUM_PROCESSORS 1024

/* A set of processors, by index (the order in which they were started). */
typedef struct _HAL_PROCESSOR_SET {
    ULONG Count;
    ULONG Reserved;
    ULONG64 Mask[HAL_MAXIMUM_PROCESSORS / 64];
} HAL_PROCESSOR_SET, *PHAL_PROCESSOR_SET;

/*
 * What the HAL's entry stubs save.  Interrupts of a class save and pass the
 * volatile part only (Nonvolatile is FALSE, the fields rbx..r15 and xmm6-15
 * are then undefined); exceptions and NMI save everything.
 *
 * Each stub has unwind information, by which a walk of the stack passes through it to what it has
 * interrupted.  The machine frame of an exception is one with an error code there (UWOP_PUSH_MACHFRAME
 * 1), that of an interrupt or an NMI one without: at those the search for a handler ends.
 */
typedef struct _HAL_TRAP_FRAME {
    M128A Xmm[16];
    ULONG64 Rax, Rcx, Rdx, R8, R9, R10, R11;
    ULONG64 Rbx, Rbp, Rsi, Rdi, R12, R13, R14, R15;
    ULONG64 FaultAddress; /* CR2, for a page fault */
    ULONG MxCsr;
    UCHAR PreviousIrql;
    UCHAR Nonvolatile;
    UCHAR Vector;         /* of an exception: 0-31 */
    UCHAR Reserved;
    ULONG64 Reserved2;    /* the processor pushes what follows at a multiple of 16 */
    ULONG64 ErrorCode;    /* 0 where the processor pushes none */
    ULONG64 Rip, SegCs, EFlags, Rsp, SegSs;
} HAL_TRAP_FRAME, *PHAL_TRAP_FRAME;

/*
 * The kernel's entries.  Interrupt entries are called with IRQL already at the
 * level named, the interrupt acknowledged and interrupts enabled; they return
 * at the level at which they were called, with interrupts enabled or disabled.
 */
typedef struct _HAL_CLIENT {
    /* IPI_LEVEL: some processor has begun a call (KiIpiInterrupt). */
    VOID(NTAPI *Ipi)(VOID);
    /* DISPATCH_LEVEL: software interrupt; drain the DPC queue. */
    VOID(NTAPI *Dispatch)(VOID);
    /* APC_LEVEL: software interrupt. */
    VOID(NTAPI *Apc)(VOID);
    /* CLOCK_LEVEL: the clock tick, on every processor, HalClockIncrement() apart. */
    VOID(NTAPI *Clock)(VOID);
    /*
     * Vector >> 4, the device's IRQL: a line has interrupted.  An interrupt of a level-triggered line
     * is acknowledged only when this returns: what the device has to do to release it is done then.
     */
    VOID(NTAPI *Device)(ULONG Vector);
    /* HIGH_LEVEL, interrupts off: the same tick, in class 15; Frame->Rip is where it hit. */
    VOID(NTAPI *Watchdog)(PHAL_TRAP_FRAME Frame);
    /* HIGH_LEVEL, interrupts off, on a stack of its own. */
    VOID(NTAPI *Nmi)(PHAL_TRAP_FRAME Frame);
    /*
     * A processor exception (vectors 0-31 but 2) or a trap instruction (int 29h,
     * 2Ch, 2Dh: Vector is that number), at the IRQL of the faulting code, interrupts off.  The
     * frame may be changed; returning resumes it.
     */
    VOID(NTAPI *Exception)(PHAL_TRAP_FRAME Frame);
    /* A page of physical memory for page tables, not zeroed; 0 = none left.  Any IRQL. */
    ULONG64(NTAPI *AllocatePage)(VOID);
    /* Zeroed, resident, writable, never executable memory, whole pages; NULL = none left. */
    PVOID(NTAPI *AllocateMemory)(SIZE_T Bytes);
    /* The highest address of a new kernel stack of Bytes with a guard page below; NULL = none left. */
    PVOID(NTAPI *AllocateStack)(SIZE_T Bytes);
    /* The HAL met something it cannot go on with: KeBugCheckEx. */
    VOID(NTAPI *BugCheck)(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4);
} HAL_CLIENT;

/* Life of the machine. ---------------------------------------------------- */

/*
 * Boot processor, first of all, interrupts off: report channel and page tables usable afterwards.  It
 * may take memory for the machine out of Block->Memory (a PC: whatever is free below 1 MiB), so the
 * client reads that list afterwards.
 */
VOID HALVERB HalInitializeEarly(LOADER_BLOCK *Block, const HAL_CLIENT *Client);
/* Boot processor, once the client can allocate: find processors, clocks, calibrate.  Interrupts off. */
NTSTATUS HALVERB HalInitializeSystem(VOID);
/*
 * Every processor, on itself: descriptor tables, GS base = Pcr, local APIC; IRQL is HIGH_LEVEL and
 * interrupts are off afterwards.  Index 0 (the boot processor) calls it before HalInitializeSystem with
 * Phase 0 (exceptions work) and after it with Phase 1 (interrupts work); others call both in a row.
 * Pcr is a KPCR: the HAL writes its GdtBase, TssBase, IdtBase and HalReserved, and loads MXCSR from
 * Pcr+0x180 at every interrupt and exception.  Nothing may be sent before Phase 1.
 */
NTSTATUS HALVERB HalInitializeProcessor(ULONG Index, PVOID Pcr, ULONG Phase);
/* Start this processor's tick: every processor, once it is ready for interrupts. */
VOID HALVERB HalStartClock(VOID);
/* Stop it.  => If interrupts are enabled, no tick comes afterwards. */
VOID HALVERB HalStopClock(VOID);
/* How many processors there are, the boot processor included, started or not. */
ULONG HALVERB HalQueryProcessorCount(VOID);
/*
 * Start processor Index (1..count-1): it calls Entry(Context) on the stack whose highest address is
 * Stack, interrupts off, no HalInitializeProcessor done.  Returns when it has left the start-up code;
 * STATUS_IO_TIMEOUT if it does not.  One at a time, PASSIVE_LEVEL..DISPATCH_LEVEL.
 */
NTSTATUS HALVERB HalStartProcessor(ULONG Index, PVOID Stack, VOID(NTAPI *Entry)(PVOID), PVOID Context);
/* The machine's own id of a processor (local APIC id on a PC). */
ULONG HALVERB HalQueryProcessorId(ULONG Index);
/* End the machine; Status is the machine's exit status (0 = orderly).  Any IRQL. */
DECLSPEC_NORETURN VOID HALVERB HalStopMachine(ULONG Status);

/* Interrupt level and flag. ------------------------------------------------ */

KIRQL HALVERB HalGetIrql(VOID);
/* Raise or lower; lowering delivers what is pending.  No check. */
VOID HALVERB HalSetIrql(KIRQL Irql);
/* Raise; => what HalRestoreIrql wants: the old IRQL in the low byte, and the interrupt flag. */
ULONG HALVERB HalSaveAndRaiseIrql(KIRQL Irql);
/* Back to the IRQL and the interrupt flag of that time, whatever they are now. */
VOID HALVERB HalRestoreIrql(ULONG State);
BOOLEAN HALVERB HalAreInterruptsEnabled(VOID);
/* => whether they were enabled. */
BOOLEAN HALVERB HalDisableInterrupts(VOID);
VOID HALVERB HalRestoreInterrupts(BOOLEAN Enabled);

/* Sending. ----------------------------------------------------------------- */

typedef enum _HAL_IPI {
    HalIpiCall,     /* -> Client->Ipi, class 14 */
    HalIpiDispatch, /* -> Client->Dispatch, class 2 */
    HalIpiNmi,      /* -> Client->Nmi */
} HAL_IPI;

/*
 * Interrupt every processor of Targets except the sender.  Everything that this processor wrote before
 * is visible to the target's entry (the one send routine has the fence that the path needs).  Any IRQL.
 */
VOID HALVERB HalSendIpi(HAL_IPI Kind, const HAL_PROCESSOR_SET *Targets);
/* An NMI to this processor.  Any IRQL. */
VOID HALVERB HalSendNmiToSelf(VOID);
/* Interrupt this processor at DISPATCH_LEVEL or APC_LEVEL as soon as its IRQL is below that. */
VOID HALVERB HalRequestSoftwareInterrupt(KIRQL Irql);

/* Devices' lines. --------------------------------------------------------- */

/*
 * The vector of a line by which a device interrupts; 0 = there is no such line.  Line is an interrupt
 * request of the ISA bus, or the machine's own number (global system interrupt on a PC).
 */
ULONG HALVERB HalQueryLineVector(BOOLEAN Isa, ULONG Line);
/* Is there a line that interrupts by this vector? */
BOOLEAN HALVERB HalIsLineVector(ULONG Vector);
/*
 * Let a line interrupt processor Index, at a level or at edges.  STATUS_INVALID_PARAMETER: no such line,
 * or it cannot reach that processor.  The client serialises this and HalDisableLine.  Any IRQL.
 */
NTSTATUS HALVERB HalEnableLine(ULONG Vector, BOOLEAN Level, ULONG Index);
/* Let it interrupt no more.  => An interrupt may be on its way still. */
VOID HALVERB HalDisableLine(ULONG Vector);

/* Waiting. ----------------------------------------------------------------- */

/*
 * One turn of a wait for another processor: returns when *Word may differ from Seen or an interrupt was
 * sent to this processor; may return at once.  The caller loads the word again itself.  Any IRQL.
 */
VOID HALVERB HalWait(const volatile VOID *Word, ULONG64 Seen);
/*
 * The whole of a wait that has nothing else to do meanwhile: returns when *Word is Value, which whoever
 * stores it stores with release; what was written before that is visible then.  Any IRQL.
 */
VOID HALVERB HalWaitUntil(const ULONG64 *Word, ULONG64 Value);
/* Nothing to do: enable interrupts and wait for one.  Returns with interrupts enabled. */
VOID HALVERB HalIdle(VOID);
/* Stop this processor for good (NMI still reaches it and returns here). */
DECLSPEC_NORETURN VOID HALVERB HalHaltProcessor(VOID);

/* Memory. ------------------------------------------------------------------ */

#define HAL_PAGE_READ     0x1
#define HAL_PAGE_WRITE    0x2
#define HAL_PAGE_EXECUTE  0x4
#define HAL_PAGE_UNCACHED 0x8
#define HAL_PAGE_ALIAS    0x10 /* another address of memory that has one: HalFindPage does not find it */

/*
 * Map Pages pages from VirtualAddress on to contiguous physical memory.  They must not be mapped yet, so
 * nothing needs a flush.  STATUS_INSUFFICIENT_RESOURCES: no page for a page table.  The caller
 * serialises changes of one address; different addresses may be changed at the same time.  Any IRQL.
 */
NTSTATUS HALVERB HalMapPages(PVOID VirtualAddress, ULONG64 PhysicalAddress, SIZE_T Pages, ULONG Protection);
/* Unmap; flushes this processor's TLB only. */
VOID HALVERB HalUnmapPages(PVOID VirtualAddress, SIZE_T Pages);
/* Change the protection of mapped pages (0: every access faults); flushes this processor's TLB only. */
VOID HALVERB HalProtectPages(PVOID VirtualAddress, SIZE_T Pages, ULONG Protection);
/* => FALSE: not mapped.  Else the physical address of that byte and the protection (each may be NULL). */
BOOLEAN HALVERB HalQueryPage(PVOID VirtualAddress, PULONG64 PhysicalAddress, PULONG Protection);
/* => Where a page of physical memory is mapped in the kernel's half; NULL = nowhere.  Slow.  Any IRQL. */
PVOID HALVERB HalFindPage(ULONG64 PhysicalAddress);
/* Drop this processor's TLB entries of a range. */
VOID HALVERB HalFlushPages(PVOID VirtualAddress, SIZE_T Pages);
/* Drop all of this processor's TLB entries. */
VOID HALVERB HalFlushAll(VOID);

/* Counters. ---------------------------------------------------------------- */

/* The time-stamp counter: monotonic, the same rate on every processor.  Any IRQL. */
ULONG64 HALVERB HalReadCounter(VOID);
/* Its rate in Hz; 0 before HalInitializeSystem. */
ULONG64 HALVERB HalCounterFrequency(VOID);
/* Between two ticks, in 100 ns. */
ULONG HALVERB HalClockIncrement(VOID);
/* Real time in 100 ns since 1601-01-01 UTC. */
ULONG64 HALVERB HalQueryRealTime(VOID);
/* Busy-wait.  Never waits for another processor.  Any IRQL. */
VOID HALVERB HalStall(ULONG Microseconds);

/* Reporting. --------------------------------------------------------------- */

/* Send bytes of the report channel (record.h); the caller serialises.  Any IRQL. */
VOID HALVERB HalReport(const VOID *Bytes, SIZE_T Length);

/* SPDX-License-Identifier: MIT */
/*
 * ki.h: what the rooms of the kernel share: the processor control block, the
 * options, and the internal entries of every component, by room.
 */
#pragma once

#include "hal.h"
#include "ki_atomic.h"
#include "ki_thread.h"
#include "record.h"

#define KI_MAXIMUM_PROCESSORS HAL_MAXIMUM_PROCESSORS
#define KI_STACK_SIZE         (24u * 1024u) /* a kernel stack, as on x64 Windows */
#define KI_CACHE_LINE         64
#define KI_NO_CALL            MAXULONG64 /* no call's number */
#define KI_MXCSR_DEFAULT      0x1F80
#define KI_X87_DEFAULT        0x027F /* as x64 Windows: double precision, no exceptions */

/*
 * A processor's line in the rendezvous: written by its owner only, read by the
 * caller and by the watchdog.  ipi.c says in which order.
 */
typedef struct DECLSPEC_ALIGN(KI_CACHE_LINE) _KI_CALL_LINE {
    ULONG64 Arrived;  /* the last call at whose barrier this processor arrived */
    ULONG64 Finished; /* the last call that it has finished; KI_NO_CALL before it takes part in any */
    ULONG64 Queued;   /* its place in the queue of callers, 0 = does not want to call */
    ULONG64 Unused[5];

    /* The recorder's line (ipi_record.c): of call Arrived. */
    ULONG64 ArrivedTime;
    ULONG64 StartedTime;
    ULONG64 FinishedTime;
    ULONG64 Result;
    ULONG64 Irql;
    ULONG64 RecordUnused[3];
} KI_CALL_LINE, *PKI_CALL_LINE;

/* A processor's DPC queue; dpc.c owns it. */
typedef struct DECLSPEC_ALIGN(KI_CACHE_LINE) _KI_DPC_QUEUE {
    LIST_ENTRY List;
    ULONG64 Lock;    /* held with interrupts off only */
    ULONG Depth;
    BOOLEAN Requested; /* the software interrupt is on its way */
    BOOLEAN Active;    /* a DPC routine runs */
    ULONG64 Count;     /* of DPCs ever run */
} KI_DPC_QUEUE, *PKI_DPC_QUEUE;

/*
 * The processor control block, at KPCR+0x180 (gs:[0x180]).  The offsets up to
 * Number are those that drivers read inline; startup.c asserts them.
 */
struct _KPRCB {
    ULONG MxCsr;              /* 180 the default; the interrupt stubs load it */
    UCHAR LegacyNumber;       /* 184 in the group; read as 16 bits too, so .. */
    UCHAR ReservedMustBeZero; /* 185 .. stays zero */
    BOOLEAN InterruptRequest; /* 186 */
    BOOLEAN IdleHalt;         /* 187 in the idle loop, nothing to do */
    PKTHREAD CurrentThread;   /* 188 */
    PKTHREAD NextThread;      /* 190 */
    PKTHREAD IdleThread;      /* 198 */
    UCHAR NestingLevel;       /* 1A0 */
    UCHAR ClockOwner;         /* 1A1 */
    UCHAR PrcbFlags[2];       /* 1A2 */
    ULONG Number;             /* 1A4 the index, over all groups */

    USHORT Group;
    UCHAR GroupIndex;         /* number in the group */
    BOOLEAN Active;           /* takes part in calls */
    KAFFINITY GroupSetMember; /* 1 << GroupIndex */
    struct _KI_PCR *Pcr;
    PVOID StackBase;          /* of the idle stack: highest address */

    /* The watchdog's line: written by its owner's tick, read by its neighbours'. */
    ULONG64 Ticks;            /* class-15 ticks ever taken */
    ULONG64 TickRip;          /* where the last one hit */
    ULONG64 TickTime;         /* counter at the last one, 0 = none is expected */
    ULONG64 WatchedCall;      /* the pending call that this processor's tick has seen .. */
    ULONG WatchedTicks;       /* .. for so many ticks */
    ULONG64 SeenTicks;        /* what Ticks was when the deciding processor looked first */

    /* schedule.c, under the dispatcher lock but for what the tick writes. */
    BOOLEAN Reschedule;       /* look again what shall run here */
    BOOLEAN QuantumEnd;       /* the current thread has had its turn */
    BOOLEAN TimersDue;        /* timer.c: some timer has expired */
    BOOLEAN ApcDue;           /* apc.c: for the current thread */
    ULONG ReadySummary;       /* a bit for each queue that is not empty */
    LIST_ENTRY ReadyQueues[KI_PRIORITIES];

    /* What the stop NMI found (bugcheck.c). */
    HAL_TRAP_FRAME *StopFrame;
    volatile BOOLEAN Stopped;
    BOOLEAN NmiSent; /* nmi.c: a driver has sent it one by HalSendNMI */

    KI_DPC_QUEUE Dpc;
    KI_CALL_LINE Call;

    /* dpc_thread.c */
    KI_DPC_QUEUE Threaded;
    KEVENT ThreadedDue;
    WORK_QUEUE_ITEM MakeDpcThread;
    BOOLEAN DpcThreadAsked; /* there is a thread, or the work item makes one */
};
typedef struct _KPRCB KPRCB, *PKPRCB;

/* The processor control region, what GS points to: the DDK's KPCR and the PRCB at its fixed place. */
typedef struct _KI_PCR {
    union {
        KPCR Public;
        UCHAR Bytes[0x180];
    };
    struct _KPRCB Prcb;
} KI_PCR, *PKI_PCR;

/* What the tool asked for (LOADER_BLOCK.Options). */
typedef struct _KI_OPTIONS {
    ULONG Processors; /* processors to start at boot, 0 = all */
    ULONG HotAdd;     /* processors to start after the last DriverEntry */
    ULONG GroupSize;  /* processors per group, 1..64 */
    ULONG Record;     /* calls kept in full, 0 = none */
    ULONG Watchdog;   /* seconds */
    BOOLEAN Verify;
    const CHAR *Requests; /* up to a space or the end; io/request.c reads it; NULL = none */
} KI_OPTIONS;

extern KI_OPTIONS KiOptions;

/* ke/processor.c: the processors that there are, by index, and the set that takes part in calls. */
extern PKPRCB KiProcessorBlock[KI_MAXIMUM_PROCESSORS];
extern HAL_PROCESSOR_SET KiActiveSet;

FORCEINLINE PKPRCB KiCurrentPrcb(VOID)
{
    return (PKPRCB)__readgsqword(FIELD_OFFSET(KPCR, CurrentPrcb));
}

VOID KiInitializeProcessorBlock(PKI_PCR Pcr, ULONG Index); /* fills PCR and PRCB, before GS points there */
VOID KiActivateProcessor(PKPRCB Prcb);                     /* caller: see ipi.c, KiJoinCalls */
KAFFINITY KiGroupMask(ULONG Group);                         /* of the active ones; 0 = no such group */
ULONG KiMaximumInGroup(ULONG Group);                       /* processors that it can ever have */
VOID KiInterruptProcessor(HAL_IPI Kind, ULONG Index);      /* HalSendIpi to one */
BOOLEAN KiIsProcessorActive(ULONG Index);
ULONG KiMaximumProcessors(VOID);                            /* that the system can ever have */
VOID KiNumberFromIndex(ULONG Index, PPROCESSOR_NUMBER Number); /* also of one that is not active */

/* ke/startup.c */
DECLSPEC_NORETURN VOID NTAPI KiSystemStartup(LOADER_BLOCK *Block);
PKI_PCR KiCreateProcessor(ULONG Index, PVOID StackBase, PVOID StackLimit);

/* ke/processor_start.c */
VOID KiStartProcessors(VOID);                              /* boot processor, PASSIVE_LEVEL */
VOID KiAddProcessors(VOID);                                /* those that were held back; PASSIVE_LEVEL */
DECLSPEC_NORETURN VOID KiIdleLoop(VOID);

/* ke/processor_change.c: an addition begins, and ends; PASSIVE_LEVEL */
typedef struct _KI_PROCESSOR_CHANGE {
    ULONG Index;   /* of the new processor */
    ULONG64 Told;  /* the number of the last callback that knows of it */
    PVOID Refuser; /* the callback that has refused it, or NULL */
} KI_PROCESSOR_CHANGE;
NTSTATUS KiBeginProcessorChange(KI_PROCESSOR_CHANGE *Change, ULONG Index);
VOID KiEndProcessorChange(const KI_PROCESSOR_CHANGE *Change, NTSTATUS Status);

/* ke/ipi.c, ke/ipi_record.c */
VOID NTAPI KiIpiInterrupt(VOID);
VOID KiPollCalls(VOID);                /* IRQL >= IPI_LEVEL or interrupts off: serve a pending call */
VOID KiRunEverywhere(PKIPI_BROADCAST_WORKER Routine, ULONG_PTR Context); /* unrecorded; IRQL < IPI_LEVEL */
VOID KiFlushEverywhere(PVOID Address, SIZE_T Pages); /* drop TLB entries on all processors; IRQL < IPI_LEVEL */
VOID KiJoinCalls(PKPRCB Prcb);         /* make a started processor a target of all later calls */
typedef struct _KI_CALL_STATE {        /* of the pending call, as the watchdog and bugcheck.c read it */
    BOOLEAN Pending;
    ULONG64 Call;                      /* its generation */
    ULONG64 Id;                        /* its number among the drivers' calls, 0 = the kernel's own */
    PVOID Routine;
    ULONG_PTR Context;
    ULONG Initiator;
} KI_CALL_STATE;
VOID KiQueryCall(KI_CALL_STATE *State);
RECORD_PHASE KiQueryCallPhase(const KI_CALL_STATE *State, PKPRCB Prcb);
VOID KiInitializeRecorder(VOID);
VOID KiReportCalls(VOID);              /* send what the recorder kept; idempotent */

/* ke/apc.c */
VOID NTAPI KiApcInterrupt(VOID);

/* ke/interrupt.c */
VOID NTAPI KiDeviceInterrupt(ULONG Vector);

/* ke/dpc.c */
VOID KiInitializeDpcQueue(PKPRCB Prcb);
VOID NTAPI KiDispatchInterrupt(VOID);
PKDPC KiFindDpcIn(PVOID Base, SIZE_T Size);
BOOLEAN KiNextDpc(PKI_DPC_QUEUE Queue, PKDPC *Object, PKDPC Copy); /* take the first; the lock is held */
VOID KiRunDpc(PKDPC Object, const KDPC *Copy, KIRQL Irql); /* and see that it returns at that IRQL */
VOID KiInitializeThreadedDpcs(PKPRCB Prcb);
VOID KiAwakeDpcThread(PKPRCB Prcb);      /* there is something in Threaded; DISPATCH_LEVEL */
VOID KiRequestDeferredDpcs(PKPRCB Prcb); /* the tick: begin what was left for later */

/* ke/time.c: KUSER_SHARED_DATA, the tick */
VOID KiInitializeTime(VOID);           /* maps KUSER_SHARED_DATA; after MmInitSystem and HalInitializeSystem */
VOID NTAPI KiClockInterrupt(VOID);
ULONG64 KiPreciseInterruptTime(VOID);  /* since the start, in 100 ns */
ULONG64 KiStartTime(VOID);             /* the system time then */
ULONG64 KiSystemTimeToInterruptTime(ULONG64 SystemTime);
extern KUSER_SHARED_DATA *KiSharedData; /* the writable view; NULL until then */

/* ke/watchdog.c */
VOID KiStartTicks(VOID);
VOID KiStopOtherTicks(VOID);
VOID NTAPI KiWatchdogInterrupt(PHAL_TRAP_FRAME Frame);
VOID KiWatchdogNmi(PHAL_TRAP_FRAME Frame); /* an NMI that nobody has handled: maybe the tool's */

/* ke/bugcheck.c */
#define KI_NMI_HARDWARE_FAILURE 0x80
VOID NTAPI KiNmiInterrupt(PHAL_TRAP_FRAME Frame);
/* As KeBugCheckEx, but for code at Address (0 = the caller), with the registers of Frame (may be NULL). */
DECLSPEC_NORETURN VOID KiBugCheck(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                  ULONG64 Address, PHAL_TRAP_FRAME Frame);
/* The same, where the parameters do not mean what the code's page says: Text names the four. */
DECLSPEC_NORETURN VOID KiBugCheckText(const CHAR *Text, ULONG Code, ULONG_PTR P1, ULONG_PTR P2,
                                      ULONG_PTR P3, ULONG_PTR P4, ULONG64 Address, PHAL_TRAP_FRAME Frame);

/* ke/exception.c, ke/exception_dispatch.c, ke/context.c */
VOID NTAPI KiExceptionEntry(PHAL_TRAP_FRAME Frame);
VOID KiDispatchException(PEXCEPTION_RECORD Record, PHAL_TRAP_FRAME Frame);
DECLSPEC_NORETURN VOID KiUnhandledException(const EXCEPTION_RECORD *Record, const CONTEXT *Context);
VOID KiFrameToContext(const HAL_TRAP_FRAME *Frame, PCONTEXT Context); /* all but x87 and DS to GS */
VOID KiContextToFrame(const CONTEXT *Context, PHAL_TRAP_FRAME Frame); /* all but the segments */

/* kd/report.c */
VOID KdReport(RECORD_TYPE Type, const VOID *Fixed, ULONG FixedLength, const VOID *Tail, ULONG TailLength);
VOID KdBreakReportLock(VOID);          /* bug check: whoever held the channel is stopped */

/* mm/ */
VOID MmInitializePages(const LOADER_BLOCK *Block);      /* first of all: makes MmAllocatePage work */
VOID MmInitSystem(LOADER_BLOCK *Block);                 /* after HalInitializeEarly */
ULONG64 NTAPI MmAllocatePage(VOID);                     /* physical; 0 = none left */
PVOID NTAPI MmAllocateSystemMemory(SIZE_T Bytes);       /* zeroed, HAL_PAGE_READ|WRITE */
PVOID MmAllocateSystemMemoryEx(SIZE_T Bytes, ULONG Protection);
VOID MmFreeSystemMemory(PVOID Address, SIZE_T Bytes);
PVOID NTAPI MmCreateStack(SIZE_T Bytes);                /* => highest address, guard page below */
VOID MmDeleteStack(PVOID StackBase, SIZE_T Bytes);      /* IRQL < IPI_LEVEL */
typedef struct _MM_IMAGE MM_IMAGE, *PMM_IMAGE;
BOOLEAN MmIsDriverAddress(PVOID Address);               /* inside a loaded driver's image */
BOOLEAN MmWasDriverAddress(PVOID Address);              /* inside one that was unloaded lately */
BOOLEAN MmMayRegisterCallback(PVOID Routine);           /* its driver was linked with /INTEGRITYCHECK */
typedef struct _MM_MODULE {
    const CHAR *Name; /* "ntoskrnl.exe" */
    PVOID Base;
    ULONG Size;
    BOOLEAN Driver;   /* not loaded by the boot path */
} MM_MODULE;
BOOLEAN MmQueryModule(ULONG Index, MM_MODULE *Module);
VOID MmInitializeSections(VOID);                        /* PASSIVE_LEVEL */
PVOID MmFindImage(PVOID Address);                       /* => base of the image that contains it, or NULL */

/* ex/ */
VOID ExInitializePool(VOID);
VOID ExInitializeWorkers(VOID); /* PASSIVE_LEVEL */
BOOLEAN ExFixFault(PHAL_TRAP_FRAME Frame); /* a fault that the executive provides for: TRUE = resume */

/* io/ */
VOID IoInitSystem(LOADER_BLOCK *Block); /* load, start, (requests), unload every driver; PASSIVE_LEVEL */
LONG IopCurrentDriver(VOID);            /* whose DriverEntry or DriverUnload runs, -1 = none */

/* ps/ */
VOID PspInitialize(VOID);  /* what outlives threads: the thread that frees their stacks */
/* A thread of the kernel's own.  => NULL = memory is short. */
PKTHREAD PsStartThread(PKSTART_ROUTINE Routine, PVOID Context);

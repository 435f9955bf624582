/* SPDX-License-Identifier: MIT */
/*
 * dpc_everywhere.c: what is done by a DPC on every processor: waiting for the
 * queues to drain, and the "generic DPC call".
 *
 * KeGenericCallDpc is not in the reference pages; public drivers use it with
 * this meaning: the routine runs as a DPC on every active processor at the
 * same time, may meet the others with KeSignalCallDpcSynchronize as often as
 * it likes, says once that it is done, and the call returns when all have.
 */
#include "ki_spin.h"

/* The barrier and the count of one generic call; on its caller's stack. */
typedef struct _KI_DPC_CALL {
    ULONG64 Running; /* processors that have not said that they are done */
    ULONG64 Meeting; /* generation of the barrier */
    ULONG64 Arrived; /* at the barrier, in this generation */
    ULONG64 Count;   /* of processors */
    KEVENT Done;
} KI_DPC_CALL, *PKI_DPC_CALL;

/* The objects of the generic call, one per processor, and who may use them. */
static KDPC KiCallDpcs[KI_MAXIMUM_PROCESSORS];
static KEVENT KiCallDpcFree = {.Header = {
    .Type = KiSynchronizationEvent,
    .SignalState = 1,
    .WaitListHead = {&KiCallDpcFree.Header.WaitListHead, &KiCallDpcFree.Header.WaitListHead},
}};

static VOID NTAPI KiFlushDpcRoutine(PKDPC Dpc, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    KeSetEvent(Context, 0, FALSE);
}

/* KiRequireLowIrql: a routine that waits for DPCs cannot be called where they cannot run. */
static VOID KiRequireLowIrql(PVOID Routine, PVOID Caller)
{
    KIRQL Irql = HalGetIrql();

    if (Irql > APC_LEVEL) {
        KiBugCheckText(
            "the routine called, the current IRQL, the highest allowed, the return address",
            IRQL_NOT_LESS_OR_EQUAL, (ULONG_PTR)Routine, Irql, APC_LEVEL, (ULONG_PTR)Caller,
            (ULONG64)Caller, NULL);
    }
}

/* KiFlushQueue: wait until a DPC that is put behind all others of a processor has run. */
static VOID KiFlushQueue(PKDPC Dpc, ULONG Index)
{
    KEVENT Done;

    KeInitializeEvent(&Done, NotificationEvent, FALSE);
    Dpc->DeferredContext = &Done;
    KeSetImportanceDpc(Dpc, MediumHighImportance);
    Dpc->Number = (USHORT)(Index + 1);
    KeInsertQueueDpc(Dpc, NULL, NULL);
    KeWaitForSingleObject(&Done, Executive, KernelMode, FALSE, NULL);
}

/*
 * KeFlushQueuedDpcs: return when every DPC that was queued on any processor has run.
 *
 * => PASSIVE_LEVEL.
 * => Passes by the end of every queue: a DPC of its own, put behind all that are there, runs after
 *    them and after one that runs now.
 * => Reference: "KeFlushQueuedDpcs function (wdm.h)".
 */
VOID NTAPI KeFlushQueuedDpcs(VOID)
{
    KDPC Dpc;

    KiRequireLowIrql((PVOID)KeFlushQueuedDpcs, __builtin_return_address(0));
    for (ULONG Index = 0; Index < KI_MAXIMUM_PROCESSORS; Index++) {
        if (!KiIsProcessorActive(Index)) {
            continue;
        }
        KeInitializeDpc(&Dpc, KiFlushDpcRoutine, NULL);
        KiFlushQueue(&Dpc, Index);
        if (KiLoadAcquire(&KiProcessorBlock[Index]->DpcThreadAsked)) { /* else it has had none */
            KeInitializeThreadedDpc(&Dpc, KiFlushDpcRoutine, NULL);
            KiFlushQueue(&Dpc, Index);
        }
    }
}

/* KiQueueCallDpcs: queue the routine on as many active processors as Call counts, here too. */
static VOID KiQueueCallDpcs(PKDEFERRED_ROUTINE Routine, PVOID Context, PKI_DPC_CALL Call)
{
    KIRQL OldIrql = HalGetIrql();
    ULONG64 Left = Call->Count;

    HalSetIrql(DISPATCH_LEVEL); /* this processor's part waits until all others have theirs */
    for (ULONG Index = 0; Left != 0; Index++) {
        if (KiIsProcessorActive(Index)) {
            PKDPC Dpc = &KiCallDpcs[Index];

            KeInitializeDpc(Dpc, Routine, Context);
            KeSetImportanceDpc(Dpc, HighImportance);
            Dpc->Number = (USHORT)(Index + 1);
            KeInsertQueueDpc(Dpc, &Call->Running, Call);
            Left--;
        }
    }
    HalSetIrql(OldIrql);
}

/*
 * KeGenericCallDpc: run Routine as a DPC on every processor at the same time, and wait for all.
 *
 * => IRQL < DISPATCH_LEVEL.
 * => The routine passes its SystemArgument1 to KeSignalCallDpcDone before it returns, and its
 *    SystemArgument2 to KeSignalCallDpcSynchronize wherever all shall meet.
 */
VOID NTAPI KeGenericCallDpc(PKDEFERRED_ROUTINE Routine, PVOID Context)
{
    KI_DPC_CALL Call = {0};

    KiRequireLowIrql((PVOID)KeGenericCallDpc, __builtin_return_address(0));
    KeInitializeEvent(&Call.Done, NotificationEvent, FALSE);
    KeWaitForSingleObject(&KiCallDpcFree, Executive, KernelMode, FALSE, NULL);
    Call.Count = Call.Running = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    KiQueueCallDpcs(Routine, Context, &Call);
    KeWaitForSingleObject(&Call.Done, Executive, KernelMode, FALSE, NULL);
    KeSetEvent(&KiCallDpcFree, 0, FALSE);
}

/* KeSignalCallDpcDone: a routine of KeGenericCallDpc is done; the call is gone afterwards. */
VOID NTAPI KeSignalCallDpcDone(PVOID SystemArgument1)
{
    PKI_DPC_CALL Call = CONTAINING_RECORD((PULONG64)SystemArgument1, KI_DPC_CALL, Running);

    if (KiFetchAdd(&Call->Running, (ULONG64)-1) == 1) { /* partners: the other processors, here */
        KeSetEvent(&Call->Done, 0, FALSE);
    }
}

/*
 * KeSignalCallDpcSynchronize: wait until the routine has come here on every processor.
 *
 * => TRUE on exactly one of them.
 */
LOGICAL NTAPI KeSignalCallDpcSynchronize(PVOID SystemArgument2)
{
    PKI_DPC_CALL Call = SystemArgument2;
    ULONG64 Meeting = KiLoadAcquire(&Call->Meeting);

    if (KiFetchAdd(&Call->Arrived, 1) + 1 == Call->Count) {
        KiStoreRelaxed(&Call->Arrived, 0); /* nobody looks at it before the next line */
        KiStoreRelease(&Call->Meeting, Meeting + 1);
        return TRUE;
    }
    while (KiLoadAcquire(&Call->Meeting) == Meeting) { /* stored by the last one, above */
        KiWaitTurn(&Call->Meeting, Meeting);
    }
    return FALSE;
}

/* SPDX-License-Identifier: MIT */
/*
 * processor_change.c: the drivers that want to know when a processor is added.
 *
 * A callback is called twice for each new processor: before it is started,
 * when it can refuse, and when it takes part in calls or has failed to.  The
 * callbacks are called in the order of their registration, by whoever adds the
 * processor, at PASSIVE_LEVEL.
 *
 * - An addition, a registration and a deregistration exclude each other (KiAcquireChangeLock),
 *   so a processor is new or existing for a callback, never both or neither.
 *   The lock counts how often its owner has it: a callback may register and
 *   deregister.  Other threads sleep meanwhile.
 * - Registrations are numbered.  The start goes to every callback, also to one
 *   that registers meanwhile; the end goes to those with a number up to the
 *   last one that was told of the start.
 * - A callback that refuses has cleaned up by itself: it is not told of the
 *   failure, only those before it are.
 * - An entry that is taken out while callbacks run stays linked until the lock
 *   is free, so that the walk does not lose its way.
 */
#include "ki_leftover.h"

#define KI_TAG_CHANGE 0x6843504Bu /* 'KPCh' in memory */

typedef struct _KI_CHANGE_CALLBACK {
    struct _KI_CHANGE_CALLBACK *Next; /* registered later */
    PPROCESSOR_CALLBACK_FUNCTION Routine;
    PVOID Context;
    ULONG64 Number;
    BOOLEAN Removed; /* deregistered; freed when the lock is */
} KI_CHANGE_CALLBACK, *PKI_CHANGE_CALLBACK;

/* All of this belongs to the owner of the lock. */
static PKI_CHANGE_CALLBACK KiChangeCallbacks;
static ULONG64 KiChangeNumber; /* of the last registration */
static ULONG KiChangeDepth;    /* how often the owner has the lock */

/* The lock: whom the event has let through is the owner, NULL = nobody. */
static PKTHREAD KiChangeOwner;
static KEVENT KiChangeGate = {
    .Header = { .Type = SynchronizationEvent,
                .Size = sizeof(KEVENT) / sizeof(ULONG),
                .SignalState = 1,
                .WaitListHead = { &KiChangeGate.Header.WaitListHead,
                                  &KiChangeGate.Header.WaitListHead } },
};

/* KiAcquireChangeLock: PASSIVE_LEVEL: the owner runs drivers' code, which may wait. */
static VOID KiAcquireChangeLock(VOID)
{
    PKTHREAD Self = KiGetCurrentThread();

    if (KiLoadRelaxed(&KiChangeOwner) != Self) { /* nobody but this thread stores its address */
        KeEnterCriticalRegion();
        KeWaitForSingleObject(&KiChangeGate, Executive, KernelMode, FALSE, NULL);
        KiStoreRelaxed(&KiChangeOwner, Self);
    }
    KiChangeDepth++;
}

/* KiFreeRemoved: free what was deregistered.  The lock is held, and no walk goes on. */
static VOID KiFreeRemoved(VOID)
{
    PKI_CHANGE_CALLBACK *Link = &KiChangeCallbacks;

    while (*Link != NULL) {
        PKI_CHANGE_CALLBACK Callback = *Link;

        if (Callback->Removed) {
            *Link = Callback->Next;
            ExFreePoolWithTag(Callback, KI_TAG_CHANGE);
        } else {
            Link = &Callback->Next;
        }
    }
}

static VOID KiReleaseChangeLock(VOID)
{
    if (KiChangeDepth == 1) {
        KiFreeRemoved();
    }
    if (--KiChangeDepth == 0) {
        KiStoreRelaxed(&KiChangeOwner, NULL);
        KeSetEvent(&KiChangeGate, 0, FALSE);
        KeLeaveCriticalRegion();
    }
}

/* KiTell: tell a callback about a processor.  => what it has left in *OperationStatus */
static NTSTATUS KiTell(PKI_CHANGE_CALLBACK Callback, KE_PROCESSOR_CHANGE_NOTIFY_STATE State,
                       ULONG Index, NTSTATUS Status)
{
    KE_PROCESSOR_CHANGE_NOTIFY_CONTEXT Change = { .State = State,
                                                  .NtNumber = Index,
                                                  .Status = Status };
    NTSTATUS OperationStatus = STATUS_SUCCESS;

    KiNumberFromIndex(Index, &Change.ProcNumber);
    Callback->Routine(Callback->Context, &Change, &OperationStatus);
    return OperationStatus;
}

/*
 * KiBeginProcessorChange: tell all callbacks that a processor is about to be added.
 *
 * => Index is the first one that is not active.  PASSIVE_LEVEL.
 * => A failure: one of them has refused; do not add the processor.
 * => In any case KiEndProcessorChange must follow; until then there is no other addition.
 */
NTSTATUS KiBeginProcessorChange(KI_PROCESSOR_CHANGE *Change, ULONG Index)
{
    PKI_CHANGE_CALLBACK Callback;
    NTSTATUS Status;

    KiAcquireChangeLock();
    *Change = (KI_PROCESSOR_CHANGE){ .Index = Index };
    for (Callback = KiChangeCallbacks; Callback != NULL; Callback = Callback->Next) {
        if (Callback->Removed) {
            continue;
        }
        Status = KiTell(Callback, KeProcessorAddStartNotify, Index, STATUS_SUCCESS);
        if (!NT_SUCCESS(Status)) {
            Change->Refuser = (PVOID)Callback->Routine;
            return Status;
        }
        Change->Told = Callback->Number;
    }
    return STATUS_SUCCESS;
}

/* KiEndProcessorChange: tell those who know of the addition how it has ended. */
VOID KiEndProcessorChange(const KI_PROCESSOR_CHANGE *Change, NTSTATUS Status)
{
    KE_PROCESSOR_CHANGE_NOTIFY_STATE State =
        NT_SUCCESS(Status) ? KeProcessorAddCompleteNotify : KeProcessorAddFailureNotify;
    PKI_CHANGE_CALLBACK Callback;

    for (Callback = KiChangeCallbacks; Callback != NULL; Callback = Callback->Next) {
        if (!Callback->Removed && Callback->Number <= Change->Told) {
            KiTell(Callback, State, Change->Index, Status);
        }
    }
    KiReleaseChangeLock();
}

/*
 * KiTellExisting: tell one callback of all processors that there are.
 *
 * => FALSE: it has refused one; it was told that those before that one have failed.
 */
static BOOLEAN KiTellExisting(PKI_CHANGE_CALLBACK Callback)
{
    ULONG Count = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
    NTSTATUS Status = STATUS_SUCCESS;
    BOOLEAN Taken;
    ULONG Told = 0;

    while (Told < Count && NT_SUCCESS(Status)) {
        Status = KiTell(Callback, KeProcessorAddStartNotify, Told, STATUS_SUCCESS);
        Told += NT_SUCCESS(Status);
    }
    Taken = NT_SUCCESS(Status);
    for (ULONG Index = 0; Index < Told; Index++) {
        KiTell(Callback, Taken ? KeProcessorAddCompleteNotify : KeProcessorAddFailureNotify, Index,
               Taken ? STATUS_SUCCESS : Status);
    }
    return Taken;
}

/* KiAppendCallback: the last one is called last. */
static VOID KiAppendCallback(PKI_CHANGE_CALLBACK Callback)
{
    PKI_CHANGE_CALLBACK *Link = &KiChangeCallbacks;

    while (*Link != NULL) {
        Link = &(*Link)->Next;
    }
    Callback->Number = ++KiChangeNumber;
    *Link = Callback;
}

PVOID KiFindChangeCallbackIn(PVOID Base, SIZE_T Size)
{
    PVOID Found = NULL;

    KiAcquireChangeLock();
    for (PKI_CHANGE_CALLBACK Callback = KiChangeCallbacks; Callback != NULL;
         Callback = Callback->Next) {
        if (!Callback->Removed && (ULONG_PTR)Callback->Routine - (ULONG_PTR)Base < Size) {
            Found = (PVOID)Callback->Routine;
        }
    }
    KiReleaseChangeLock();
    return Found;
}

/*
 * KeRegisterProcessorChangeCallback: have a routine called whenever a processor is added.
 *
 * => KE_PROCESSOR_CHANGE_ADD_EXISTING: before this returns it is called for every active processor,
 *    too: with the start for all, then with the end for all.
 * => Returns a handle; NULL if memory is short, or if the routine has refused a processor.
 * => PASSIVE_LEVEL; so is the routine.
 * => Reference: "KeRegisterProcessorChangeCallback function (wdm.h)".
 */
PVOID NTAPI KeRegisterProcessorChangeCallback(PPROCESSOR_CALLBACK_FUNCTION CallbackFunction,
                                              PVOID CallbackContext, ULONG Flags)
{
    PKI_CHANGE_CALLBACK Callback =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Callback), KI_TAG_CHANGE);

    if (Callback == NULL) {
        return NULL;
    }
    *Callback = (KI_CHANGE_CALLBACK){ .Routine = CallbackFunction, .Context = CallbackContext };
    KiAcquireChangeLock();
    if ((Flags & KE_PROCESSOR_CHANGE_ADD_EXISTING) == 0 || KiTellExisting(Callback)) {
        KiAppendCallback(Callback);
    } else {
        ExFreePoolWithTag(Callback, KI_TAG_CHANGE);
        Callback = NULL;
    }
    KiReleaseChangeLock();
    return Callback;
}

/*
 * KeDeregisterProcessorChangeCallback: take a callback back.
 *
 * => It does not run any more when this returns, unless it is the one that calls this.
 * => A handle that is none, or no longer one, is ignored.
 * => PASSIVE_LEVEL.
 * => Reference: "KeDeregisterProcessorChangeCallback function (wdm.h)".
 */
VOID NTAPI KeDeregisterProcessorChangeCallback(PVOID CallbackHandle)
{
    PKI_CHANGE_CALLBACK Callback;

    KiAcquireChangeLock();
    for (Callback = KiChangeCallbacks; Callback != NULL; Callback = Callback->Next) {
        if (Callback == CallbackHandle) {
            Callback->Removed = TRUE;
        }
    }
    KiReleaseChangeLock();
}

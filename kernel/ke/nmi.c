/* SPDX-License-Identifier: MIT */
/*
 * nmi.c: the callbacks that drivers register for NMIs, and the NMIs that they send.
 *
 * An NMI can hit any instruction, so the list is walked without a lock: it is
 * singly linked, a new entry is complete before the head points to it, and an
 * entry is freed only after it was unlinked and every walk that may have seen
 * it has ended (KiNmiWalkers has been 0).
 */
#include "ki_affinity.h"
#include "ki_lock.h"
#include "ki_bugcheck.h"
#include "ki_leftover.h"

#define KI_TAG_NMI 0x696D4E4Bu /* 'KNmi' in memory */

typedef struct _KI_NMI_CALLBACK {
    struct _KI_NMI_CALLBACK *Next;
    PNMI_CALLBACK Routine;
    PVOID Context;
} KI_NMI_CALLBACK, *PKI_NMI_CALLBACK;

static PKI_NMI_CALLBACK KiNmiCallbacks;
static ULONG64 KiNmiLock;    /* of changes */
static ULONG64 KiNmiWalkers; /* NMIs that walk the list */

/*
 * KeRegisterNmiCallback: have a routine called at every NMI.
 *
 * => Returns a handle, NULL if memory is short.
 * => IRQL <= APC_LEVEL.  The routine runs at HIGH_LEVEL, those registered last first.
 * => Reference: "KeRegisterNmiCallback function (wdm.h)".
 */
PVOID NTAPI KeRegisterNmiCallback(PNMI_CALLBACK CallbackRoutine, PVOID Context)
{
    PKI_NMI_CALLBACK Callback =
        ExAllocatePoolWithTag(NonPagedPoolNx, sizeof(*Callback), KI_TAG_NMI);
    BOOLEAN Enabled;

    if (Callback == NULL) {
        return NULL;
    }
    Callback->Routine = CallbackRoutine;
    Callback->Context = Context;
    Enabled = KiLockWord(&KiNmiLock);
    Callback->Next = KiNmiCallbacks;
    KiStoreRelease(&KiNmiCallbacks, Callback); /* read by KiOfferNmi */
    KiUnlockWord(&KiNmiLock, Enabled);
    return Callback;
}

/* KiUnlinkNmiCallback: take an entry out of the list.  => FALSE: it is not there. */
static BOOLEAN KiUnlinkNmiCallback(PKI_NMI_CALLBACK Callback)
{
    BOOLEAN Enabled = KiLockWord(&KiNmiLock);
    PKI_NMI_CALLBACK *Link = &KiNmiCallbacks;
    BOOLEAN Found;

    while (*Link != NULL && *Link != Callback) {
        Link = &(*Link)->Next;
    }
    Found = *Link != NULL;
    if (Found) {
        /* Read by KiOfferNmi; comes before KiNmiWalkers is read. */
        (VOID)KiExchange(Link, Callback->Next);
    }
    KiUnlockWord(&KiNmiLock, Enabled);
    return Found;
}

/*
 * KeDeregisterNmiCallback: take a callback back; it does not run any more when this returns.
 *
 * => STATUS_INVALID_HANDLE if Handle is none.
 * => IRQL <= APC_LEVEL.
 * => Reference: "KeDeregisterNmiCallback function (wdm.h)".
 */
NTSTATUS NTAPI KeDeregisterNmiCallback(PVOID Handle)
{
    ULONG64 Walkers;

    if (!KiUnlinkNmiCallback(Handle)) {
        return STATUS_INVALID_HANDLE;
    }
    while ((Walkers = KiLoadAcquire(&KiNmiWalkers)) != 0) { /* counted by KiOfferNmi */
        HalWait(&KiNmiWalkers, Walkers);
    }
    ExFreePoolWithTag(Handle, KI_TAG_NMI);
    return STATUS_SUCCESS;
}

PVOID KiFindNmiCallbackIn(PVOID Base, SIZE_T Size)
{
    BOOLEAN Enabled = KiLockWord(&KiNmiLock);
    PVOID Found = NULL;

    for (PKI_NMI_CALLBACK Callback = KiNmiCallbacks; Callback != NULL; Callback = Callback->Next) {
        if ((ULONG_PTR)Callback->Routine - (ULONG_PTR)Base < Size) {
            Found = (PVOID)Callback->Routine;
        }
    }
    KiUnlockWord(&KiNmiLock, Enabled);
    return Found;
}

/*
 * HalSendNMI: interrupt processors by an NMI.
 *
 * => All active ones of Affinity; the current one, too, if it is there.
 * => Any IRQL.
 * => It has no reference page; this is how public drivers use it.
 */
VOID NTAPI HalSendNMI(const KAFFINITY_EX *Affinity)
{
    HAL_PROCESSOR_SET Targets = {0};
    BOOLEAN Enabled = HalDisableInterrupts(); /* from here on this processor is this processor */
    ULONG Self = KiCurrentPrcb()->Number;

    for (ULONG Index = 0; KiIsProcessorActive(Index); Index++) {
        if (KeCheckProcessorAffinityEx(Affinity, Index)) {
            KiStoreRelease(&KiProcessorBlock[Index]->NmiSent, TRUE); /* taken by KiOfferNmi */
            Targets.Mask[Index / 64] |= 1ull << Index % 64;
            Targets.Count++;
        }
    }
    HalSendIpi(HalIpiNmi, &Targets);
    if (Targets.Mask[Self / 64] >> Self % 64 & 1) {
        HalSendNmiToSelf();
    }
    HalRestoreInterrupts(Enabled);
}

BOOLEAN KiOfferNmi(BOOLEAN *Sent)
{
    BOOLEAN Handled = FALSE;
    PKI_NMI_CALLBACK Callback;

    *Sent = KiExchange(&KiCurrentPrcb()->NmiSent, FALSE); /* stored by HalSendNMI */
    KiFetchAdd(&KiNmiWalkers, 1); /* before the list is read; read by KeDeregisterNmiCallback */
    Callback = KiLoadAcquire(&KiNmiCallbacks); /* stored by KeRegisterNmiCallback */
    while (Callback != NULL) {
        if (Callback->Routine(Callback->Context, Handled)) {
            Handled = TRUE;
        }
        Callback = KiLoadAcquire(&Callback->Next); /* stored by KiUnlinkNmiCallback */
    }
    KiFetchAdd(&KiNmiWalkers, (ULONG64)-1);
    return Handled;
}

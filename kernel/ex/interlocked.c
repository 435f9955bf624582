/* SPDX-License-Identifier: MIT */
/*
 * interlocked.c: the ExInterlockedXxx routines that take the caller's spin lock.
 *
 * They may be called at any IRQL, also in an interrupt service routine that
 * has interrupted one of them, so they hold the lock with interrupts off.  The
 * lock must be used with these routines only, as their pages say.
 *
 * References: "ExInterlockedInsertHeadList function (wdm.h)" and its siblings.
 */
#include "exp.h"

static BOOLEAN ExpLockList(PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = HalDisableInterrupts();

    KeAcquireSpinLockAtDpcLevel(Lock);
    return Enabled;
}

static VOID ExpUnlockList(PKSPIN_LOCK Lock, BOOLEAN Enabled)
{
    KeReleaseSpinLockFromDpcLevel(Lock);
    HalRestoreInterrupts(Enabled);
}

/* ExInterlockedInsertHeadList: => the entry that was first, NULL if the list was empty */
PLIST_ENTRY FASTCALL ExInterlockedInsertHeadList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? NULL : ListHead->Flink;

    InsertHeadList(ListHead, ListEntry);
    ExpUnlockList(Lock, Enabled);
    return First;
}

/* ExInterlockedInsertTailList: => the entry that was last, NULL if the list was empty */
PLIST_ENTRY FASTCALL ExInterlockedInsertTailList(PLIST_ENTRY ListHead, PLIST_ENTRY ListEntry,
                                                 PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    PLIST_ENTRY Last = IsListEmpty(ListHead) ? NULL : ListHead->Blink;

    InsertTailList(ListHead, ListEntry);
    ExpUnlockList(Lock, Enabled);
    return Last;
}

/* ExInterlockedRemoveHeadList: => the first entry, NULL if there is none */
PLIST_ENTRY FASTCALL ExInterlockedRemoveHeadList(PLIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    PLIST_ENTRY First = IsListEmpty(ListHead) ? NULL : RemoveHeadList(ListHead);

    ExpUnlockList(Lock, Enabled);
    return First;
}

/* ExInterlockedPushEntryList: => the entry that was first, NULL if the list was empty */
PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPushEntryList(PSINGLE_LIST_ENTRY ListHead,
                                                       PSINGLE_LIST_ENTRY ListEntry,
                                                       PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    PSINGLE_LIST_ENTRY First = ListHead->Next;

    ListEntry->Next = First;
    ListHead->Next = ListEntry;
    ExpUnlockList(Lock, Enabled);
    return First;
}

/* ExInterlockedPopEntryList: => the first entry, NULL if there is none */
PSINGLE_LIST_ENTRY FASTCALL ExInterlockedPopEntryList(PSINGLE_LIST_ENTRY ListHead, PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    PSINGLE_LIST_ENTRY First = ListHead->Next;

    if (First != NULL) {
        ListHead->Next = First->Next;
    }
    ExpUnlockList(Lock, Enabled);
    return First;
}

/* ExInterlockedAddLargeInteger: => the value before */
LARGE_INTEGER NTAPI ExInterlockedAddLargeInteger(PLARGE_INTEGER Addend, LARGE_INTEGER Increment,
                                                 PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    LARGE_INTEGER Before = *Addend;

    Addend->QuadPart += Increment.QuadPart;
    ExpUnlockList(Lock, Enabled);
    return Before;
}

/* ExInterlockedAddUlong: => the value before */
ULONG FASTCALL ExInterlockedAddUlong(PULONG Addend, ULONG Increment, PKSPIN_LOCK Lock)
{
    BOOLEAN Enabled = ExpLockList(Lock);
    ULONG Before = *Addend;

    *Addend += Increment;
    ExpUnlockList(Lock, Enabled);
    return Before;
}

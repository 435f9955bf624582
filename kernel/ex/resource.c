/* SPDX-License-Identifier: MIT */
/*
 * resource.c: ERESOURCE: one exclusive owner or many shared ones, each as
 * often as it likes.
 *
 * The structure is opaque to drivers.  Who waits is in a list, in the order in
 * which the threads came, with an event on its own stack; the list's head is
 * SystemResourcesList, which serves nothing else here.  Who gives a resource
 * up hands it on: to the first that waits, and if that one shares, to all that
 * do.  So nobody starves, and who is woken owns the resource already.
 *
 * Owners: an exclusive one is OwnerEntry.  Shared ones are entries of
 * OwnerTable, which grows; before the lock is taken there is a free entry, or
 * memory for one has been asked for.
 *
 * References: "ExAcquireResourceExclusiveLite function (wdm.h)" and the other
 * pages of that family, "Introduction to ERESOURCE Routines".
 */
#include "exp.h"
#include "../ke/ki.h"
#include "../ke/ki_lock.h"

#define EXP_TAG_OWNERS    0x6F735245u /* 'ERso' in memory */
#define EXP_FIRST_OWNERS  8
#define EXP_NOT_OWNED     0xE3        /* RESOURCE_NOT_OWNED */

typedef struct _EXP_WAITER {
    LIST_ENTRY Link;
    ERESOURCE_THREAD Thread;
    BOOLEAN Exclusive;
    KEVENT Granted;
} EXP_WAITER, *PEXP_WAITER;

/* How a shared request treats exclusive waiters. */
typedef enum _EXP_SHARE {
    ExpShareFair,    /* waits behind them, unless it shares already */
    ExpShareStarve,  /* does not mind them */
    ExpShareBehind,  /* waits behind them */
} EXP_SHARE;

C_ASSERT(sizeof(KSPIN_LOCK) == sizeof(ULONG64));

static inline ERESOURCE_THREAD ExpSelf(VOID)
{
    return (ERESOURCE_THREAD)KiGetCurrentThread();
}

static inline BOOLEAN ExpIsExclusive(const ERESOURCE *Resource)
{
    return (Resource->Flag & ResourceOwnedExclusive) != 0;
}

static BOOLEAN ExpLock(PERESOURCE Resource)
{
    return KiLockWord((ULONG64 *)&Resource->SpinLock);
}

static VOID ExpUnlock(PERESOURCE Resource, BOOLEAN Enabled)
{
    KiUnlockWord((ULONG64 *)&Resource->SpinLock, Enabled);
}

static ULONG ExpTableSize(const ERESOURCE *Resource)
{
    return Resource->OwnerTable != NULL ? Resource->OwnerTable[0].TableSize : 0;
}

/* ExpFindOwner: a thread's entry among the shared owners; Thread 0: a free one.  Entry 0 holds the size. */
static POWNER_ENTRY ExpFindOwner(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    ULONG Size = ExpTableSize(Resource);

    for (ULONG Index = 1; Index < Size; Index++) {
        if (Resource->OwnerTable[Index].OwnerThread == Thread) {
            return &Resource->OwnerTable[Index];
        }
    }
    return NULL;
}

/* ExpGrow: make the table larger than Seen; the lock is held before and after, not in between. */
static VOID ExpGrow(PERESOURCE Resource, ULONG Seen, BOOLEAN *Enabled)
{
    ULONG Size = Seen == 0 ? EXP_FIRST_OWNERS : 2 * Seen;
    LARGE_INTEGER Moment = {.QuadPart = -100000};
    POWNER_ENTRY Table;
    POWNER_ENTRY Unused;

    ExpUnlock(Resource, *Enabled);
    while ((Table = ExAllocatePoolZero(NonPagedPoolNx, Size * sizeof(*Table), EXP_TAG_OWNERS)) ==
           NULL) {
        KeDelayExecutionThread(KernelMode, FALSE, &Moment); /* memory is short: it cannot fail */
    }
    *Enabled = ExpLock(Resource);
    Unused = Table;
    if (ExpTableSize(Resource) == Seen) {
        RtlCopyMemory(Table, Resource->OwnerTable, Seen * sizeof(*Table));
        Table[0].TableSize = Size;
        Unused = Resource->OwnerTable;
        Resource->OwnerTable = Table;
    }
    ExpUnlock(Resource, *Enabled);
    if (Unused != NULL) {
        ExFreePool(Unused);
    }
    *Enabled = ExpLock(Resource);
}

static VOID ExpGrantExclusive(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    Resource->Flag |= ResourceOwnedExclusive;
    Resource->ActiveEntries = 1;
    Resource->OwnerEntry.OwnerThread = Thread;
    Resource->OwnerEntry.OwnerCount = 1;
}

/* ExpGrantShared: there is a free entry, or one of the thread's. */
static VOID ExpGrantShared(PERESOURCE Resource, ERESOURCE_THREAD Thread)
{
    POWNER_ENTRY Entry = ExpFindOwner(Resource, Thread);

    if (Entry == NULL) {
        Entry = ExpFindOwner(Resource, 0);
        Entry->OwnerThread = Thread;
        Entry->OwnerCount = 0;
        Resource->ActiveEntries++;
    }
    Entry->OwnerCount++;
}

/* ExpHasRoom: can each of the sharing waiters at the head, and one more, have an entry? */
static BOOLEAN ExpHasRoom(PERESOURCE Resource)
{
    return Resource->ActiveEntries + Resource->NumberOfSharedWaiters + 1 < ExpTableSize(Resource);
}

/* ExpHandOn: nobody owns the resource: give it to who waits.  The lock is held. */
static VOID ExpHandOn(PERESOURCE Resource)
{
    PLIST_ENTRY Head = &Resource->SystemResourcesList;
    BOOLEAN Shared = !IsListEmpty(Head) && !CONTAINING_RECORD(Head->Flink, EXP_WAITER, Link)->Exclusive;
    PLIST_ENTRY Link = Head->Flink;

    while (Link != Head) {
        PEXP_WAITER Waiter = CONTAINING_RECORD(Link, EXP_WAITER, Link);

        Link = Link->Flink;
        if (Waiter->Exclusive == Shared) {
            continue;
        }
        RemoveEntryList(&Waiter->Link);
        if (Shared) {
            Resource->NumberOfSharedWaiters--;
            ExpGrantShared(Resource, Waiter->Thread);
        } else {
            Resource->NumberOfExclusiveWaiters--;
            ExpGrantExclusive(Resource, Waiter->Thread);
            Link = Head;
        }
        KeSetEvent(&Waiter->Granted, 0, FALSE); /* its stack is its own again with the next line */
    }
}

/* ExpWait: wait in the list.  The lock is held; it is not afterwards. */
static VOID ExpWait(PERESOURCE Resource, BOOLEAN Exclusive, BOOLEAN Enabled)
{
    EXP_WAITER Waiter = {.Thread = ExpSelf(), .Exclusive = Exclusive};

    KeInitializeEvent(&Waiter.Granted, NotificationEvent, FALSE);
    InsertTailList(&Resource->SystemResourcesList, &Waiter.Link);
    Resource->ContentionCount++;
    if (Exclusive) {
        Resource->NumberOfExclusiveWaiters++;
    } else {
        Resource->NumberOfSharedWaiters++;
    }
    ExpUnlock(Resource, Enabled);
    KeWaitForSingleObject(&Waiter.Granted, WrResource, KernelMode, FALSE, NULL);
}

/*
 * ExInitializeResourceLite: set up a resource that nobody owns; STATUS_SUCCESS.
 *
 * => Resident memory, aligned to 8.  IRQL <= DISPATCH_LEVEL.
 * => Reference: "ExInitializeResourceLite function (wdm.h)".
 */
NTSTATUS NTAPI ExInitializeResourceLite(PERESOURCE Resource)
{
    RtlZeroMemory(Resource, sizeof(*Resource));
    InitializeListHead(&Resource->SystemResourcesList);
    return STATUS_SUCCESS;
}

/* ExDeleteResourceLite: the end of a resource that nobody owns.  "ExDeleteResourceLite function (wdm.h)". */
NTSTATUS NTAPI ExDeleteResourceLite(PERESOURCE Resource)
{
    if (Resource->OwnerTable != NULL) {
        ExFreePool(Resource->OwnerTable);
        Resource->OwnerTable = NULL;
    }
    return STATUS_SUCCESS;
}

/* ExReinitializeResourceLite: as new, for another use.  "ExReinitializeResourceLite function (wdm.h)". */
NTSTATUS NTAPI ExReinitializeResourceLite(PERESOURCE Resource)
{
    ExDeleteResourceLite(Resource);
    return ExInitializeResourceLite(Resource);
}

/*
 * ExAcquireResourceExclusiveLite: own a resource alone.
 *
 * => FALSE: it cannot be had without waiting, and Wait is FALSE.
 * => Normal kernel APCs are disabled; IRQL <= APC_LEVEL.
 * => Reference: "ExAcquireResourceExclusiveLite function (wdm.h)".
 */
BOOLEAN NTAPI ExAcquireResourceExclusiveLite(PERESOURCE Resource, BOOLEAN Wait)
{
    BOOLEAN Enabled = ExpLock(Resource);
    BOOLEAN Granted = TRUE;

    if (ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == ExpSelf()) {
        Resource->OwnerEntry.OwnerCount++;
    } else if (Resource->ActiveEntries == 0) {
        ExpGrantExclusive(Resource, ExpSelf());
    } else if (Wait) {
        ExpWait(Resource, TRUE, Enabled);
        return TRUE;
    } else {
        Granted = FALSE;
    }
    ExpUnlock(Resource, Enabled);
    return Granted;
}

/* ExpAcquireShared: the three ways to share. */
static BOOLEAN ExpAcquireShared(PERESOURCE Resource, BOOLEAN Wait, EXP_SHARE Share)
{
    BOOLEAN Enabled = ExpLock(Resource);
    BOOLEAN Granted = TRUE;
    BOOLEAN Behind;

    while (!ExpHasRoom(Resource)) {
        ExpGrow(Resource, ExpTableSize(Resource), &Enabled);
    }
    Behind = Resource->NumberOfExclusiveWaiters != 0 && Share != ExpShareStarve &&
             (Share == ExpShareBehind || ExpFindOwner(Resource, ExpSelf()) == NULL);
    if (ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == ExpSelf()) {
        Resource->OwnerEntry.OwnerCount++;
    } else if (!ExpIsExclusive(Resource) && !Behind) {
        ExpGrantShared(Resource, ExpSelf());
    } else if (Wait) {
        ExpWait(Resource, FALSE, Enabled);
        return TRUE;
    } else {
        Granted = FALSE;
    }
    ExpUnlock(Resource, Enabled);
    return Granted;
}

/* ExAcquireResourceSharedLite: share a resource.  As ExAcquireResourceExclusiveLite. */
BOOLEAN NTAPI ExAcquireResourceSharedLite(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpShareFair);
}

/* ExAcquireSharedStarveExclusive: the same, without waiting for who waits to own it alone. */
BOOLEAN NTAPI ExAcquireSharedStarveExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpShareStarve);
}

/* ExAcquireSharedWaitForExclusive: the same, always behind who waits to own it alone. */
BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait)
{
    return ExpAcquireShared(Resource, Wait, ExpShareBehind);
}

/*
 * ExReleaseResourceForThreadLite: release a resource once for a thread that owns it.
 *
 * => RESOURCE_NOT_OWNED if the thread does not own it.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "ExReleaseResourceForThreadLite function (wdm.h)".
 */
VOID NTAPI ExReleaseResourceForThreadLite(PERESOURCE Resource, ERESOURCE_THREAD ResourceThreadId)
{
    BOOLEAN Enabled = ExpLock(Resource);
    POWNER_ENTRY Entry = ExpIsExclusive(Resource) ? &Resource->OwnerEntry
                                                  : ExpFindOwner(Resource, ResourceThreadId);

    if (Entry == NULL || Entry->OwnerThread != ResourceThreadId) {
        ExpUnlock(Resource, Enabled);
        KeBugCheckEx(EXP_NOT_OWNED, (ULONG_PTR)Resource, ResourceThreadId,
                     (ULONG_PTR)Resource->OwnerTable, 3);
    }
    if (--Entry->OwnerCount == 0) {
        Entry->OwnerThread = 0;
        Resource->Flag &= (USHORT)~ResourceOwnedExclusive;
        if (--Resource->ActiveEntries == 0) {
            ExpHandOn(Resource);
        }
    }
    ExpUnlock(Resource, Enabled);
}

/* ExReleaseResourceLite: release it for the current thread.  "ExReleaseResourceLite function (wdm.h)". */
VOID FASTCALL ExReleaseResourceLite(PERESOURCE Resource)
{
    ExReleaseResourceForThreadLite(Resource, ExpSelf());
}

/*
 * ExConvertExclusiveToSharedLite: share from now on what the current thread owns alone.
 *
 * => Those that wait to share get it, too.
 * => Reference: "ExConvertExclusiveToSharedLite function (wdm.h)".
 */
VOID NTAPI ExConvertExclusiveToSharedLite(PERESOURCE Resource)
{
    BOOLEAN Enabled = ExpLock(Resource);
    ULONG Count = Resource->OwnerEntry.OwnerCount;
    PLIST_ENTRY Head = &Resource->SystemResourcesList;

    while (!ExpHasRoom(Resource)) {
        ExpGrow(Resource, ExpTableSize(Resource), &Enabled);
    }
    Resource->Flag &= (USHORT)~ResourceOwnedExclusive;
    Resource->ActiveEntries = 0;
    ExpGrantShared(Resource, Resource->OwnerEntry.OwnerThread);
    ExpFindOwner(Resource, Resource->OwnerEntry.OwnerThread)->OwnerCount = Count;
    Resource->OwnerEntry.OwnerThread = 0;
    if (!IsListEmpty(Head) && !CONTAINING_RECORD(Head->Flink, EXP_WAITER, Link)->Exclusive) {
        ExpHandOn(Resource);
    }
    ExpUnlock(Resource, Enabled);
}

/* ExIsResourceAcquiredExclusiveLite: does the current thread own it alone?  IRQL <= DISPATCH_LEVEL. */
BOOLEAN NTAPI ExIsResourceAcquiredExclusiveLite(PERESOURCE Resource)
{
    BOOLEAN Enabled = ExpLock(Resource);
    BOOLEAN Owned = ExpIsExclusive(Resource) && Resource->OwnerEntry.OwnerThread == ExpSelf();

    ExpUnlock(Resource, Enabled);
    return Owned;
}

/* ExIsResourceAcquiredSharedLite: how often does the current thread own it, in either way? */
ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource)
{
    BOOLEAN Enabled = ExpLock(Resource);
    POWNER_ENTRY Entry = ExpIsExclusive(Resource) ? &Resource->OwnerEntry
                                                  : ExpFindOwner(Resource, ExpSelf());
    ULONG Count = Entry != NULL && Entry->OwnerThread == ExpSelf() ? Entry->OwnerCount : 0;

    ExpUnlock(Resource, Enabled);
    return Count;
}

/* ExGetExclusiveWaiterCount: "ExGetExclusiveWaiterCount function (wdm.h)". */
ULONG NTAPI ExGetExclusiveWaiterCount(PERESOURCE Resource)
{
    return KiLoadRelaxed(&Resource->NumberOfExclusiveWaiters); /* stored under the lock */
}

/* ExGetSharedWaiterCount: "ExGetSharedWaiterCount function (wdm.h)". */
ULONG NTAPI ExGetSharedWaiterCount(PERESOURCE Resource)
{
    return KiLoadRelaxed(&Resource->NumberOfSharedWaiters); /* stored under the lock */
}

/* ExEnterCriticalRegionAndAcquireResourceExclusive: both.  => The thread's Win32 data: there is none. */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceExclusiveLite(Resource, TRUE);
    return NULL;
}

/* ExEnterCriticalRegionAndAcquireResourceShared: both. */
PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource)
{
    KeEnterCriticalRegion();
    ExAcquireResourceSharedLite(Resource, TRUE);
    return NULL;
}

/* ExReleaseResourceAndLeaveCriticalRegion: "ExReleaseResourceAndLeaveCriticalRegion function (ntddk.h)". */
VOID FASTCALL ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource)
{
    ExReleaseResourceLite(Resource);
    KeLeaveCriticalRegion();
}

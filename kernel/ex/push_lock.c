/* SPDX-License-Identifier: MIT */
/*
 * push_lock.c: push locks: one word, for one writer or many readers.
 *
 * The word is the number of readers times EXP_READER, or EXP_WRITER, and
 * EXP_WAITERS while somebody waits.  Without waiters it changes by
 * compare-exchange alone.  Whoever must wait puts a block that lies on his
 * stack into one of a few lists, chosen by the lock's address, with that
 * list's lock held; EXP_WAITERS is set and cleared with that lock only, and
 * while it is set nobody passes those who wait: whoever lets go last hands the
 * lock over, to the first writer or to all readers before the next writer.
 *
 * => IRQL <= APC_LEVEL, in a critical region, as for every lock that a thread owns.  Not recursive.
 *
 * References: "ExAcquirePushLockExclusive macro (wdm.h)", "ExAcquirePushLockShared macro (wdm.h)",
 * "ExInitializePushLock function (wdm.h)".
 */
#include "exp.h"

#define EXP_WRITER  ((ULONG_PTR)1)
#define EXP_WAITERS ((ULONG_PTR)2)
#define EXP_READER  ((ULONG_PTR)4)
#define EXP_LISTS   32

typedef struct _EXP_PUSH_WAIT {
    LIST_ENTRY Link;
    ULONG_PTR *Word;
    BOOLEAN Exclusive;
    KEVENT Granted;
} EXP_PUSH_WAIT;

static struct {
    ULONG64 Lock;
    LIST_ENTRY Waits; /* no Flink: nobody has waited yet */
} ExpPushLists[EXP_LISTS];

/* ExpListOf: the list of those who wait for that lock, and perhaps others. */
static ULONG ExpListOf(const ULONG_PTR *Word)
{
    return (ULONG)(((ULONG_PTR)Word >> 3) % EXP_LISTS);
}

/* ExpTryPushLock: => FALSE: somebody has it, or waits for it */
static BOOLEAN ExpTryPushLock(ULONG_PTR *Word, BOOLEAN Exclusive)
{
    ULONG_PTR Seen = KiLoadRelaxed(Word);

    for (;;) {
        if (Exclusive ? Seen != 0 : (Seen & (EXP_WRITER | EXP_WAITERS)) != 0) {
            return FALSE;
        }
        /* Partners: the releases below. */
        if (KiCompareExchange(Word, &Seen, Exclusive ? EXP_WRITER : Seen + EXP_READER)) {
            return TRUE;
        }
    }
}

/* ExpEnterWait: join those who wait.  => FALSE: the lock has become free meanwhile, and is ours */
static BOOLEAN ExpEnterWait(EXP_PUSH_WAIT *Wait)
{
    ULONG Index = ExpListOf(Wait->Word);
    PLIST_ENTRY List = &ExpPushLists[Index].Waits;
    BOOLEAN Enabled = KiLockWord(&ExpPushLists[Index].Lock);
    BOOLEAN Waits = FALSE;

    while (!Waits && !ExpTryPushLock(Wait->Word, Wait->Exclusive)) {
        ULONG_PTR Seen = KiLoadRelaxed(Wait->Word);

        /* It may have become free since; with waiters it does not before this list is unlocked. */
        Waits = (Seen & ~EXP_WAITERS) != 0 &&
                KiCompareExchange(Wait->Word, &Seen, Seen | EXP_WAITERS);
    }
    if (Waits) {
        if (List->Flink == NULL) {
            InitializeListHead(List);
        }
        InsertTailList(List, &Wait->Link);
    }
    KiUnlockWord(&ExpPushLists[Index].Lock, Enabled);
    return Waits;
}

static VOID ExpAcquirePushLock(PEX_PUSH_LOCK PushLock, BOOLEAN Exclusive)
{
    EXP_PUSH_WAIT Wait;

    if (ExpTryPushLock((ULONG_PTR *)PushLock, Exclusive)) {
        return;
    }
    Wait.Word = (ULONG_PTR *)PushLock;
    Wait.Exclusive = Exclusive;
    KeInitializeEvent(&Wait.Granted, NotificationEvent, FALSE);
    if (ExpEnterWait(&Wait)) {
        KeWaitForSingleObject(&Wait.Granted, WrPushLock, KernelMode, FALSE, NULL);
    }
}

/*
 * ExpGrant: choose who has a lock next that has only waiters; the list is locked.
 * => those in Granted have it; the word says so
 */
static VOID ExpGrant(ULONG_PTR *Word, PLIST_ENTRY Waits, PLIST_ENTRY Granted)
{
    ULONG_PTR New = 0;
    BOOLEAN More = FALSE;

    InitializeListHead(Granted);
    for (PLIST_ENTRY Link = Waits->Flink, Next; Link != Waits; Link = Next) {
        EXP_PUSH_WAIT *Wait = CONTAINING_RECORD(Link, EXP_PUSH_WAIT, Link);

        Next = Link->Flink;
        if (Wait->Word != Word) {
            continue;
        }
        if (More || (New != 0 && Wait->Exclusive) || New == EXP_WRITER) {
            More = TRUE; /* for later, as all behind it */
            continue;
        }
        New += Wait->Exclusive ? EXP_WRITER : EXP_READER;
        RemoveEntryList(Link);
        InsertTailList(Granted, Link);
    }
    KiStoreRelease(Word, New | (More ? EXP_WAITERS : 0)); /* partner: the waiter's own release */
}

/* ExpReleaseSlowly: let go of a lock for which somebody waits; Held is what the caller has of it.
 */
static VOID ExpReleaseSlowly(ULONG_PTR *Word, ULONG_PTR Held)
{
    ULONG Index = ExpListOf(Word);
    BOOLEAN Enabled = KiLockWord(&ExpPushLists[Index].Lock);
    LIST_ENTRY Granted;

    InitializeListHead(&Granted);
    if (KiFetchAdd(Word, -Held) - Held == EXP_WAITERS) { /* partner: the other readers, here */
        ExpGrant(Word, &ExpPushLists[Index].Waits, &Granted);
    }
    KiUnlockWord(&ExpPushLists[Index].Lock, Enabled);
    while (!IsListEmpty(&Granted)) {
        EXP_PUSH_WAIT *Wait = CONTAINING_RECORD(RemoveHeadList(&Granted), EXP_PUSH_WAIT, Link);

        KeSetEvent(&Wait->Granted, 1, FALSE); /* its stack is its own again */
    }
}

static VOID ExpReleasePushLock(PEX_PUSH_LOCK PushLock, ULONG_PTR Held)
{
    ULONG_PTR *Word = (ULONG_PTR *)PushLock;
    ULONG_PTR Seen = KiLoadRelaxed(Word);

    for (;;) {
        if (Seen - Held == EXP_WAITERS) {
            ExpReleaseSlowly(Word, Held);
            return;
        }
        if (KiCompareExchange(Word, &Seen, Seen - Held)) { /* partner: ExpTryPushLock */
            return;
        }
    }
}

/* ExInitializePushLock: a free lock. */
VOID NTAPI ExInitializePushLock(PEX_PUSH_LOCK PushLock)
{
    KiStoreRelease((ULONG_PTR *)PushLock, 0);
}

/* ExAcquirePushLockExclusiveEx: become the only one.  Flags ask for no more than is always done. */
VOID NTAPI ExAcquirePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpAcquirePushLock(PushLock, TRUE);
}

/* ExAcquirePushLockSharedEx: become one of the readers. */
VOID NTAPI ExAcquirePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpAcquirePushLock(PushLock, FALSE);
}

/* ExReleasePushLockExclusiveEx: the end of ExAcquirePushLockExclusiveEx. */
VOID NTAPI ExReleasePushLockExclusiveEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpReleasePushLock(PushLock, EXP_WRITER);
}

/* ExReleasePushLockSharedEx: the end of ExAcquirePushLockSharedEx. */
VOID NTAPI ExReleasePushLockSharedEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpReleasePushLock(PushLock, EXP_READER);
}

/* ExReleasePushLockEx: the end of either.  No reference page; public drivers declare it. */
VOID NTAPI ExReleasePushLockEx(PEX_PUSH_LOCK PushLock, ULONG Flags)
{
    UNREFERENCED_PARAMETER(Flags);
    ExpReleasePushLock(PushLock, (KiLoadRelaxed((ULONG_PTR *)PushLock) & EXP_WRITER) != 0
                                     ? EXP_WRITER
                                     : EXP_READER);
}

/* The same without flags, as public drivers import them. */

VOID NTAPI ExAcquirePushLockExclusive(PEX_PUSH_LOCK PushLock)
{
    ExpAcquirePushLock(PushLock, TRUE);
}

VOID NTAPI ExAcquirePushLockShared(PEX_PUSH_LOCK PushLock)
{
    ExpAcquirePushLock(PushLock, FALSE);
}

VOID NTAPI ExReleasePushLockExclusive(PEX_PUSH_LOCK PushLock)
{
    ExpReleasePushLock(PushLock, EXP_WRITER);
}

VOID NTAPI ExReleasePushLockShared(PEX_PUSH_LOCK PushLock)
{
    ExpReleasePushLock(PushLock, EXP_READER);
}

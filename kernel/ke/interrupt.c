/* SPDX-License-Identifier: MIT */
/*
 * interrupt.c: interrupt objects: the service routines of devices.
 *
 * A line of the machine interrupts by one vector, whose class is the device's
 * IRQL.  The objects that are connected to a vector form a chain, in the order
 * of connection.  A routine runs at its object's SynchronizeIrql and holds the
 * object's spin lock; KeSynchronizeExecution and KeAcquireInterruptSpinLock are
 * the same level and lock for everybody else.
 *
 * A level stays until the device is served, so the first routine that says TRUE
 * ends the walk: if another device still wants something, the line interrupts
 * again.  An edge that comes while the line is up is lost, so there the whole
 * chain is asked, and again until nobody has had anything to do.
 *
 * The walk takes no lock: the chain is singly linked, an object is complete
 * before a link leads to it, and is freed only after it was unlinked and the
 * vector's walkers have been 0 since.  Changes are made under KiInterruptLock.
 */
#include "ki_interrupt.h"
#include "ki_irql.h"
#include "ki_lock.h"
#include "ki_spin.h"

#define KI_VECTORS 256
#define KI_STORM   500 /* so many in a row that are nobody's, or that are there again at once */
#define KI_AT_ONCE 100000 /* a 100,000th of a second */

#define KI_HARDWARE_INTERRUPT_STORM 0xF2

typedef struct _KI_VECTOR {
    PKINTERRUPT First;
    ULONG64 Walkers;   /* interrupts that walk the chain */
    ULONG Stormy;      /* how many have come as in a storm; of the processor that the line goes to .. */
    ULONG64 Served;    /* .. and the counter when the last was served */
    BOOLEAN Open;      /* the line interrupts; under KiInterruptLock */
} KI_VECTOR, *PKI_VECTOR;

static KI_VECTOR KiVectors[KI_VECTORS];
static ULONG64 KiInterruptLock;

/* KiEnterInterrupt: take an object's level and lock.  => The old level. */
static KIRQL KiEnterInterrupt(PKINTERRUPT Interrupt)
{
    KIRQL OldIrql = KiRaiseIrqlAtLeast(Interrupt->SynchronizeIrql);

    KeAcquireSpinLockAtDpcLevel(Interrupt->ActualLock);
    return OldIrql;
}

static VOID KiLeaveInterrupt(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    KeReleaseSpinLockFromDpcLevel(Interrupt->ActualLock);
    HalSetIrql(OldIrql);
}

/* KiCheckServiceIrql: has a routine that ran for an object come back at the object's level? */
static VOID KiCheckServiceIrql(PKINTERRUPT Interrupt, PVOID Routine)
{
    KIRQL Irql = HalGetIrql();

    if (Irql != Interrupt->SynchronizeIrql) {
        /* Its page has no value for these routines; 2 is any routine that the system calls. */
        KiBugCheckText("current IRQL << 16 | expected IRQL << 8 | 2, the routine that has returned, "
                       "the interrupt object, 0",
                       IRQL_UNEXPECTED_VALUE,
                       (ULONG)Irql << 16 | (ULONG)Interrupt->SynchronizeIrql << 8 | 2,
                       (ULONG_PTR)Routine, (ULONG_PTR)Interrupt, 0, (ULONG64)Routine, NULL);
    }
}

/* KiCallServiceRoutine: => what it says: the interrupt was its device's. */
static BOOLEAN KiCallServiceRoutine(PKINTERRUPT Interrupt)
{
    KIRQL OldIrql = KiEnterInterrupt(Interrupt);
    BOOLEAN Claimed = Interrupt->ServiceRoutine(Interrupt, Interrupt->ServiceContext);

    KiCheckServiceIrql(Interrupt, (PVOID)Interrupt->ServiceRoutine);
    KiLeaveInterrupt(Interrupt, OldIrql);
    return Claimed;
}

/* KiWalkChain: ask the routines of a chain.  => One of them has claimed the interrupt. */
static BOOLEAN KiWalkChain(PKINTERRUPT First)
{
    BOOLEAN Claimed = FALSE;
    PKINTERRUPT Next;

    for (PKINTERRUPT Interrupt = First; Interrupt != NULL; Interrupt = Next) {
        /* Inactive and Next: stored by KiSetInterruptActive and the two that change the chain. */
        if (!KiLoadAcquire(&Interrupt->Inactive) && KiCallServiceRoutine(Interrupt)) {
            Claimed = TRUE;
            if (Interrupt->Mode == LevelSensitive) {
                break;
            }
        }
        Next = KiLoadAcquire(&Interrupt->Next);
    }
    return Claimed;
}

/* KiInterruptStorm: HARDWARE_INTERRUPT_STORM, as its page has it, if Times is too often. */
static VOID KiInterruptStorm(PKINTERRUPT First, ULONG Times)
{
    if (Times >= KI_STORM) {
        KiBugCheck(KI_HARDWARE_INTERRUPT_STORM, (ULONG_PTR)First->ServiceRoutine,
                   (ULONG_PTR)First->ServiceContext, (ULONG_PTR)First, First->Next != NULL ? 2 : 1,
                   (ULONG64)First->ServiceRoutine, NULL);
    }
}

/*
 * KiServeLevel: ask until one claims it.
 *
 * => A level that nobody claims, or that is claimed without making the device release it, is back at
 *    once: no other code gets anywhere on this processor any more.
 */
static VOID KiServeLevel(PKI_VECTOR Vector, PKINTERRUPT First)
{
    BOOLEAN AtOnce = HalReadCounter() - Vector->Served < HalCounterFrequency() / KI_AT_ONCE;

    if (!KiWalkChain(First) || AtOnce) {
        KiInterruptStorm(First, ++Vector->Stormy);
    } else {
        Vector->Stormy = 0;
    }
    Vector->Served = HalReadCounter();
}

/* KiServeEdge: ask all; where there are several, until nobody has had anything to do. */
static VOID KiServeEdge(PKINTERRUPT First)
{
    ULONG Times = 0;

    while (KiWalkChain(First) && KiLoadRelaxed(&First->Next) != NULL) {
        KiInterruptStorm(First, ++Times);
    }
}

/*
 * KiDeviceInterrupt: a line has interrupted.
 *
 * => The device's IRQL, interrupts on.
 * => The object that was there when the last was disconnected may be gone: nobody is called.
 */
VOID NTAPI KiDeviceInterrupt(ULONG Number)
{
    PKI_VECTOR Vector = &KiVectors[Number];
    PKINTERRUPT First;

    KiFetchAdd(&Vector->Walkers, 1); /* before the chain is read; read by KiAwaitWalkers */
    First = KiLoadAcquire(&Vector->First); /* stored by KiLink, KiUnlink */
    if (First != NULL && First->Mode == LevelSensitive) {
        KiServeLevel(Vector, First);
    } else if (First != NULL) {
        KiServeEdge(First);
    }
    KiFetchAdd(&Vector->Walkers, (ULONG64)-1);
}

/* KiAwaitWalkers: wait until no interrupt of a vector is on its way through the chain. */
static VOID KiAwaitWalkers(PKI_VECTOR Vector)
{
    ULONG64 Walkers;

    while ((Walkers = KiLoadAcquire(&Vector->Walkers)) != 0) { /* counted by KiDeviceInterrupt */
        KiWaitTurn(&Vector->Walkers, Walkers);
    }
}

/* KiGoTogether: can both objects serve one vector? */
static BOOLEAN KiGoTogether(const KINTERRUPT *One, const KINTERRUPT *Other)
{
    return One->ShareVector && Other->ShareVector && One->Mode == Other->Mode &&
           One->Affinity.Group == Other->Affinity.Group;
}

/* KiLineAffinity: the processors that One and all others of its chain allow; 0: one does not go with it. */
static KAFFINITY KiLineAffinity(PKINTERRUPT First, const KINTERRUPT *One)
{
    KAFFINITY Mask = One->Affinity.Mask & KiGroupMask(One->Affinity.Group);

    for (PKINTERRUPT Interrupt = First; Interrupt != NULL; Interrupt = Interrupt->Next) {
        if (Interrupt != One && !KiGoTogether(Interrupt, One)) {
            return 0;
        }
        Mask &= Interrupt->Affinity.Mask;
    }
    return Mask;
}

/* KiOpenLine: let a line interrupt the first processor of Mask that it reaches. */
static NTSTATUS KiOpenLine(const KINTERRUPT *Interrupt, KAFFINITY Mask)
{
    PROCESSOR_NUMBER Number = {.Group = Interrupt->Affinity.Group};
    NTSTATUS Status = STATUS_INVALID_PARAMETER;

    for (; Mask != 0 && !NT_SUCCESS(Status); Mask &= Mask - 1) {
        Number.Number = (UCHAR)__builtin_ctzll(Mask);
        Status = HalEnableLine(Interrupt->Vector, Interrupt->Mode == LevelSensitive,
                               KeGetProcessorIndexFromNumber(&Number));
    }
    KiVectors[Interrupt->Vector].Open = KiVectors[Interrupt->Vector].Open || NT_SUCCESS(Status);
    return Status;
}

/* KiLink: put an object at the end of its chain. */
static VOID KiLink(PKINTERRUPT Interrupt)
{
    PKINTERRUPT *Link = &KiVectors[Interrupt->Vector].First;

    while (*Link != NULL) {
        Link = &(*Link)->Next;
    }
    KiStoreRelease(Link, Interrupt); /* read by KiDeviceInterrupt and KiWalkChain */
}

/* KiUnlink: => FALSE: it is not in its chain. */
static BOOLEAN KiUnlink(PKINTERRUPT Interrupt)
{
    PKINTERRUPT *Link = &KiVectors[Interrupt->Vector].First;

    while (*Link != NULL && *Link != Interrupt) {
        Link = &(*Link)->Next;
    }
    if (*Link == NULL) {
        return FALSE;
    }
    /* Read by KiDeviceInterrupt and KiWalkChain; comes before Walkers is read. */
    (VOID)KiExchange(Link, Interrupt->Next);
    return TRUE;
}

/* KiCloseUnneeded: mask a line that no active object needs. */
static VOID KiCloseUnneeded(PKI_VECTOR Vector, ULONG Number)
{
    PKINTERRUPT Interrupt = Vector->First;

    while (Interrupt != NULL && Interrupt->Inactive) {
        Interrupt = Interrupt->Next;
    }
    if (Interrupt == NULL && Vector->Open) {
        HalDisableLine(Number);
        Vector->Open = FALSE;
    }
}

NTSTATUS KiConnectInterrupt(PKINTERRUPT Interrupt)
{
    BOOLEAN Enabled = KiLockWord(&KiInterruptLock);
    PKI_VECTOR Vector = &KiVectors[Interrupt->Vector];
    KAFFINITY Mask = KiLineAffinity(Vector->First, Interrupt);
    NTSTATUS Status = STATUS_INVALID_PARAMETER;

    /* Linked first: an interrupt that comes as soon as the line is open finds it. */
    if (Mask != 0) {
        KiLink(Interrupt);
        Status = KiOpenLine(Interrupt, Mask);
        if (!NT_SUCCESS(Status)) {
            KiUnlink(Interrupt);
        }
    }
    KiUnlockWord(&KiInterruptLock, Enabled);
    if (!NT_SUCCESS(Status)) {
        KiAwaitWalkers(Vector);
    }
    return Status;
}

BOOLEAN KiDisconnectInterrupt(PKINTERRUPT Interrupt)
{
    BOOLEAN Enabled = KiLockWord(&KiInterruptLock);
    PKI_VECTOR Vector = &KiVectors[Interrupt->Vector];
    BOOLEAN Found = KiUnlink(Interrupt);

    if (Found) {
        KiCloseUnneeded(Vector, Interrupt->Vector);
    }
    KiUnlockWord(&KiInterruptLock, Enabled);
    KiAwaitWalkers(Vector);
    return Found;
}

VOID KiSetInterruptActive(PKINTERRUPT Interrupt, BOOLEAN Active)
{
    BOOLEAN Enabled = KiLockWord(&KiInterruptLock);
    PKI_VECTOR Vector = &KiVectors[Interrupt->Vector];

    (VOID)KiExchange(&Interrupt->Inactive, !Active); /* read by KiWalkChain */
    if (Active) {
        KiOpenLine(Interrupt, KiLineAffinity(Vector->First, Interrupt));
    } else {
        KiCloseUnneeded(Vector, Interrupt->Vector);
    }
    KiUnlockWord(&KiInterruptLock, Enabled);
    if (!Active) {
        KiAwaitWalkers(Vector);
    }
}

PKINTERRUPT KiFindInterruptIn(PVOID Base, SIZE_T Size)
{
    BOOLEAN Enabled = KiLockWord(&KiInterruptLock);
    PKINTERRUPT Found = NULL;

    for (ULONG Number = 0; Number < KI_VECTORS && Found == NULL; Number++) {
        Found = KiVectors[Number].First;
        while (Found != NULL && (ULONG_PTR)Found->ServiceRoutine - (ULONG_PTR)Base >= Size) {
            Found = Found->Next;
        }
    }
    KiUnlockWord(&KiInterruptLock, Enabled);
    return Found;
}

/*
 * KeSynchronizeExecution: call a routine as the service routine of an interrupt is called: at its
 * SynchronizeIrql, holding its spin lock.
 *
 * => What the routine returns.
 * => IRQL <= the object's SynchronizeIrql, else bug check; interrupts on.
 * => Reference: "KeSynchronizeExecution function (wdm.h)".
 */
BOOLEAN NTAPI KeSynchronizeExecution(PKINTERRUPT Interrupt, PKSYNCHRONIZE_ROUTINE SynchronizeRoutine,
                                     PVOID SynchronizeContext)
{
    KIRQL OldIrql = KiRaiseIrqlFor(Interrupt->SynchronizeIrql, (PVOID)KeSynchronizeExecution,
                                   __builtin_return_address(0));
    BOOLEAN Result;

    KeAcquireSpinLockAtDpcLevel(Interrupt->ActualLock);
    Result = SynchronizeRoutine(SynchronizeContext);
    KiCheckServiceIrql(Interrupt, (PVOID)SynchronizeRoutine);
    KiLeaveInterrupt(Interrupt, OldIrql);
    return Result;
}

/*
 * KeAcquireInterruptSpinLock: keep an interrupt's service routine out.
 *
 * => The old level, for KeReleaseInterruptSpinLock.
 * => IRQL <= the object's SynchronizeIrql, else bug check.
 * => Reference: "KeAcquireInterruptSpinLock function (wdm.h)".
 */
KIRQL NTAPI KeAcquireInterruptSpinLock(PKINTERRUPT Interrupt)
{
    KIRQL OldIrql = KiRaiseIrqlFor(Interrupt->SynchronizeIrql, (PVOID)KeAcquireInterruptSpinLock,
                                   __builtin_return_address(0));

    KeAcquireSpinLockAtDpcLevel(Interrupt->ActualLock);
    return OldIrql;
}

/*
 * KeReleaseInterruptSpinLock: let it in again, and go back to the level that the acquiring returned.
 *
 * => Reference: "KeReleaseInterruptSpinLock function (wdm.h)".
 */
VOID NTAPI KeReleaseInterruptSpinLock(PKINTERRUPT Interrupt, KIRQL OldIrql)
{
    KeReleaseSpinLockFromDpcLevel(Interrupt->ActualLock);
    KiLowerIrqlFor(OldIrql, (PVOID)KeReleaseInterruptSpinLock, __builtin_return_address(0));
}

/* SPDX-License-Identifier: MIT */
/*
 * A spin lock has one holder at a time, or, a reader/writer lock, one writer and no reader;
 * however the ways of acquiring are mixed, no increment is lost, and calls go on meanwhile.
 */
#include "locks.h"

#define ROUNDS  150
#define MAXIMUM 256

static CONTRACT_LOCK Lock;
static CONTRACT_LOCK_KIND Kinds[4];
static volatile LONG Holders, Counter;
static volatile LONG Expected;
static CONTRACT_WORK Works[MAXIMUM];

static ULONG_PTR NTAPI Nothing(ULONG_PTR Argument)
{
    return Argument;
}

/* With the lock held: we are alone, or so are the readers. */
static VOID Inside(CONTRACT_LOCK_KIND Kind)
{
    LONG Seen;

    if (ContractIsShared(Kind)) {
        Seen = Counter;
        YieldProcessor();
        CHECK_EQUAL(Counter, Seen);
        return;
    }
    CHECK_EQUAL(InterlockedIncrement(&Holders), 1);
    Seen = Counter;
    YieldProcessor();
    Counter = Seen + 1;
    CHECK_EQUAL(InterlockedDecrement(&Holders), 0);
}

static VOID Compete(PVOID Context)
{
    ULONG Index = ContractIndex();
    CONTRACT_HELD Held;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CONTRACT_LOCK_KIND Kind = Kinds[(Round + Index) % RTL_NUMBER_OF(Kinds)];

        ContractAcquire(&Lock, Kind, &Held);
        Inside(Kind);
        ContractRelease(&Lock, Kind, &Held);
        if (!ContractIsShared(Kind)) {
            InterlockedIncrement(&Expected);
        }
        if (Round % 50 == Index % 50) {
            KeIpiGenericCall(Nothing, 0);
        }
    }
}

static VOID Test(CONTRACT_LOCK_KIND A, CONTRACT_LOCK_KIND B, CONTRACT_LOCK_KIND C,
                 CONTRACT_LOCK_KIND D)
{
    Kinds[0] = A;
    Kinds[1] = B;
    Kinds[2] = C;
    Kinds[3] = D;
    ContractRunOnAll(Works, Compete, NULL);
    CHECK_EQUAL(Counter, Expected);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock.Spin);
    Test(LockPlain, LockPlain, LockAtDpc, LockTryAtDpc);
    Test(LockPlain, LockForDpc, LockForDpc, LockAtDpc);
    Test(LockInStack, LockInStackAtDpc, LockInStackForDpc, LockInStack);
    Test(LockExclusive, LockExclusiveAtDpc, LockTryExclusiveAtDpc, LockExclusive);
    Test(LockShared, LockExclusive, LockSharedAtDpc, LockExclusiveAtDpc);
    Test(LockTrySharedAtDpc, LockShared, LockTryExclusiveAtDpc, LockExclusive);
    CHECK_EQUAL(Lock.ReaderWriter, 0);
    return CONTRACT_RESULT();
}

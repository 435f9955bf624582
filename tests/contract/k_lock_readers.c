/* SPDX-License-Identifier: MIT */
/*
 * A reader/writer spin lock admits many readers at once; trying fails without waiting, and the
 * only reader can become the writer.
 */
#include "locks.h"

#define MAXIMUM 256

static EX_SPIN_LOCK Lock;
static volatile LONG Inside;
static CONTRACT_WORK Works[MAXIMUM];

/* Everybody stays inside until all are: with one reader at a time this would not end. */
static VOID Meet(PVOID Context)
{
    LONG Processors = (LONG)ContractProcessors();
    KIRQL Old = ExAcquireSpinLockShared(&Lock);

    UNREFERENCED_PARAMETER(Context);
    InterlockedIncrement(&Inside);
    while (Inside < Processors) {
        YieldProcessor();
    }
    ExReleaseSpinLockShared(&Lock, Old);
}

static volatile LONG Entered, Leave;

static VOID ReadUntilTold(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ExAcquireSpinLockSharedAtDpcLevel(&Lock);
    InterlockedExchange(&Entered, 1);
    ContractAwait(&Leave, 1);
    ExReleaseSpinLockSharedFromDpcLevel(&Lock);
}

static VOID TestTries(VOID)
{
    KIRQL Old;

    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    CHECK(ExTryAcquireSpinLockExclusiveAtDpcLevel(&Lock));
    CHECK(!ExTryAcquireSpinLockExclusiveAtDpcLevel(&Lock));
    CHECK(!ExTryAcquireSpinLockSharedAtDpcLevel(&Lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&Lock);
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&Lock));
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&Lock));
    CHECK(!ExTryAcquireSpinLockExclusiveAtDpcLevel(&Lock));
    CHECK(!ExTryConvertSharedSpinLockExclusive(&Lock));
    ExReleaseSpinLockSharedFromDpcLevel(&Lock);
    CHECK(ExTryConvertSharedSpinLockExclusive(&Lock));
    CHECK(!ExTryAcquireSpinLockSharedAtDpcLevel(&Lock));
    ExReleaseSpinLockExclusiveFromDpcLevel(&Lock);
    CHECK_EQUAL(Lock, 0);
    KeLowerIrql(Old);
}

static VOID TestOtherReader(VOID)
{
    CONTRACT_WORK *Reader = &Works[0];

    ContractStart(Reader, ContractProcessors() - 1, ReadUntilTold, NULL);
    ContractAwait(&Entered, 1);
    CHECK(!ExTryAcquireSpinLockExclusiveAtDpcLevel(&Lock));
    CHECK(ExTryAcquireSpinLockSharedAtDpcLevel(&Lock));
    CHECK(!ExTryConvertSharedSpinLockExclusive(&Lock));
    ExReleaseSpinLockSharedFromDpcLevel(&Lock);
    InterlockedExchange(&Leave, 1);
    ContractAwait(&Reader->Done, 1);
    CHECK_EQUAL(Lock, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, Meet, NULL);
    CHECK_EQUAL(Lock, 0);
    TestTries();
    if (ContractProcessors() > 1) {
        TestOtherReader();
    }
    return CONTRACT_RESULT();
}

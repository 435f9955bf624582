/* SPDX-License-Identifier: MIT */
/*
 * KeSynchronizeExecution and KeAcquireInterruptSpinLock keep a service routine out, on every processor, and run at
 * its SynchronizeIrql; two interrupts that share a lock and a SynchronizeIrql keep each other out.
 */
#include "hpet.h"
#include "threads.h"

#define TIMES   60
#define THREADS 4

static CONTRACT_TIMER Timers[2];
static CONTRACT_THREAD Threads[THREADS];
static KSPIN_LOCK Lock;
static KIRQL Highest;
static volatile LONG Served[2];
static LONG64 Plain, Twin; /* under the lock: always the same, though written one after the other */

/* What only one may do at a time; slow enough to be met. */
static VOID CountPlain(VOID)
{
    LONG64 Before = Plain;

    CHECK_EQUAL(KeGetCurrentIrql(), Highest);
    CHECK(!KeTestSpinLock(&Lock));
    CHECK_EQUAL(Twin, Before);
    for (ULONG Turn = 0; Turn < 20; Turn++) {
        YieldProcessor();
    }
    CHECK_EQUAL(Plain, Before);
    Plain = Before + 1;
    Twin = Before + 1;
}

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    CONTRACT_TIMER *Timer = Context;

    UNREFERENCED_PARAMETER(Interrupt);
    if (!ContractClaim(Timer)) {
        return FALSE;
    }
    CountPlain();
    if (InterlockedIncrement(&Served[Timer->Number]) < TIMES) {
        ContractArm(Timer, 400);
    }
    return TRUE;
}

static BOOLEAN NTAPI Synchronized(PVOID Context)
{
    CountPlain();
    return Context == NULL;
}

static VOID Compete(PVOID Context)
{
    PKINTERRUPT Interrupt = Timers[(ULONG_PTR)Context % 2].Interrupt;
    KIRQL Old;

    for (ULONG Time = 0; Time < TIMES; Time++) {
        CHECK(KeSynchronizeExecution(Interrupt, Synchronized, NULL));
        CHECK(!KeSynchronizeExecution(Interrupt, Synchronized, Context + 1));
        CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
        Old = KeAcquireInterruptSpinLock(Interrupt);
        CountPlain();
        KeReleaseInterruptSpinLock(Interrupt, Old);
        CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    CHECK(ContractMapHpet());
    for (ULONG Number = 0; Number < 2; Number++) {
        ContractChooseLine(&Timers[Number], Number, 3 * Number);
        Highest = max(Highest, Timers[Number].Irql);
    }
    CHECK(Timers[0].Irql != Timers[1].Irql);
    for (ULONG Number = 0; Number < 2; Number++) {
        Timers[Number].Lock = &Lock;
        Timers[Number].SynchronizeIrql = Highest;
        CHECK_EQUAL(ContractConnect(&Timers[Number], Number == 0 ? Latched : LevelSensitive, Serve,
                                    &Timers[Number], Number % ContractProcessors()),
                    STATUS_SUCCESS);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Compete, (PVOID)(ULONG_PTR)Index);
    }
    for (ULONG Number = 0; Number < 2; Number++) {
        ContractArm(&Timers[Number], 400);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    for (ULONG Number = 0; Number < 2; Number++) {
        ContractAwait(&Served[Number], TIMES);
        ContractDisconnect(&Timers[Number]);
    }
    CHECK_EQUAL(Plain, 2 * TIMES + 3 * TIMES * THREADS);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * services.c: the service routines of two devices call, on two processors, at two IRQLs, wherever they
 * interrupt: code that is about to call or waits for its turn, holders of a spin lock and of an
 * interrupt's lock, waiters for them with interrupts on and off, and each other; all of them are served,
 * and what an interrupt's lock protects is whole.
 */
#include "../../contract/hpet.h"

#define DEVICES 2
#define TIMES   2 /* that each device interrupts */

static CONTRACT_TIMER Devices[DEVICES];
static volatile LONG Served[DEVICES];
static LONG Plain[DEVICES]; /* the interrupt's lock's */
static CONTRACT_WORK Work;
static KSPIN_LOCK Lock;
static LONG Turns; /* the lock's */
static volatile LONG Calls, Runs;

static ULONG_PTR NTAPI CountRun(ULONG_PTR Context)
{
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    InterlockedIncrement(&Runs);
    return Context;
}

static VOID Call(ULONG_PTR Context)
{
    CHECK_EQUAL(KeIpiGenericCall(CountRun, Context), Context);
    InterlockedIncrement(&Calls);
}

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    CONTRACT_TIMER *Device = Context;

    UNREFERENCED_PARAMETER(Interrupt);
    if (!ContractClaim(Device)) {
        return FALSE;
    }
    Plain[Device->Number]++;
    Call(Device->Vector);
    CHECK_EQUAL(KeGetCurrentIrql(), Device->Irql);
    if (InterlockedIncrement(&Served[Device->Number]) < TIMES) {
        ContractArm(Device, 50);
    }
    return TRUE;
}

static BOOLEAN NTAPI CallSynchronized(PVOID Context)
{
    CONTRACT_TIMER *Device = Context;

    Plain[Device->Number]++;
    Call(7);
    return TRUE;
}

static VOID HoldAndCall(VOID)
{
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Turns++;
    Call(Turns);
    KeReleaseSpinLockFromDpcLevel(&Lock);
}

/* With interrupts off: whoever waits so, serves the calls of those that the holder's device makes. */
static VOID HoldUninterrupted(VOID)
{
    _disable();
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Turns++;
    KeReleaseSpinLockFromDpcLevel(&Lock);
    _enable();
}

/* On the last processor, where the second device interrupts. */
static VOID Other(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    HoldUninterrupted();
    KeSynchronizeExecution(Devices[0].Interrupt, CallSynchronized, &Devices[0]);
    HoldAndCall();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    for (ULONG Number = 0; Number < DEVICES; Number++) {
        ContractChooseLine(&Devices[Number], Number, Number);
        CHECK_EQUAL(ContractConnect(&Devices[Number], Number == 0 ? Latched : LevelSensitive, Serve,
                                    &Devices[Number], Number * (Count - 1)),
                    STATUS_SUCCESS);
        ContractArm(&Devices[Number], 600 - 500 * Number);
    }
    ContractStart(&Work, Count - 1, Other, NULL);
    Call(1);
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    HoldAndCall();
    KeLowerIrql(Old);
    KeSynchronizeExecution(Devices[1].Interrupt, CallSynchronized, &Devices[1]);
    Call(2);
    ContractAwait(&Work.Done, 1);
    for (ULONG Number = 0; Number < DEVICES; Number++) {
        ContractAwait(&Served[Number], TIMES);
        ContractDisconnect(&Devices[Number]);
        CHECK_EQUAL(Plain[Number], TIMES + 1);
    }
    CHECK_EQUAL(Turns, 3);
    CHECK_EQUAL(Calls, 6 + DEVICES * TIMES);
    CHECK_EQUAL(Runs, Calls * (LONG)Count);
    return CONTRACT_RESULT();
}

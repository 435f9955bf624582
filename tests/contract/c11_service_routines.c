/* SPDX-License-Identifier: MIT */
/*
 * C11: service routines of three devices, on several processors and at several IRQLs, call at the same time as
 * threads, a timer's DPC and DPCs do, also where they interrupt callers and holders of locks: each call runs its
 * routine once on every processor, and all of them end.
 */
#include "call.h"
#include "hpet.h"
#include "threads.h"

#define THREADS 3
#define CALLS   40 /* of each */
#define MAXIMUM 256

static CONTRACT_THREAD Threads[THREADS];
static CONTRACT_WORK Works[MAXIMUM];
static CONTRACT_TIMER Devices[HPET_TIMERS];
static volatile LONG DeviceCalls[HPET_TIMERS];
static KSPIN_LOCK Lock;

static BOOLEAN NTAPI CallFromService(PKINTERRUPT Interrupt, PVOID Context)
{
    CONTRACT_TIMER *Device = Context;

    UNREFERENCED_PARAMETER(Interrupt);
    if (!ContractClaim(Device)) {
        return FALSE;
    }
    ContractCall();
    CHECK_EQUAL(KeGetCurrentIrql(), Device->Irql);
    if (InterlockedIncrement(&DeviceCalls[Device->Number]) < CALLS) {
        ContractArm(Device, 1000 + 300 * Device->Number);
    }
    return TRUE;
}

static VOID CallFromThread(PVOID Context)
{
    KIRQL Old;

    KeSetPriorityThread(KeGetCurrentThread(), 6 + 4 * (LONG)(ULONG_PTR)Context);
    for (ULONG Round = 0; Round < CALLS; Round++) {
        if (Round % 2 == 0) {
            KeAcquireSpinLock(&Lock, &Old);
            ContractCall();
            KeReleaseSpinLock(&Lock, Old);
        } else {
            ContractCall();
        }
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    CHECK(ContractMapHpet());
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        ContractChooseLine(&Devices[Number], Number, 2 * Number);
        CHECK_EQUAL(ContractConnect(&Devices[Number], Number == 1 ? LevelSensitive : Latched,
                                    CallFromService, &Devices[Number],
                                    Number % ContractProcessors()),
                    STATUS_SUCCESS);
    }
    ContractBeginTimer();
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], CallFromThread, (PVOID)(ULONG_PTR)Index);
    }
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        ContractArm(&Devices[Number], 1000);
    }
    while (ContractTimerCalls == 0) {
        ContractRunOnAll(Works, ContractCallFromDpc, NULL);
        ContractSleep(1);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    ContractEndTimer();
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        ContractAwait(&DeviceCalls[Number], CALLS);
        ContractDisconnect(&Devices[Number]);
    }
    return CONTRACT_RESULT();
}

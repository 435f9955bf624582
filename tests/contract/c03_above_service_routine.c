/* SPDX-License-Identifier: MIT */
/*
 * C3: a call interrupts a service routine in its middle, whatever its device's IRQL: the routine runs on that
 * processor while the service routine waits there, which keeps every register, flag, XMM register and MXCSR (C13).
 */
#include "hpet.h"
#include "registers.h"

#define LINES 8
#define CALLS 50

static CONTRACT_TIMER Timer;
static ULONG Victim;
static volatile LONG InService, Served, Stop;
static volatile LONG64 Turns;
static LONG Nested;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    if (ContractIndex() == Victim && InService) {
        Nested++;
    }
    return Argument;
}

static BOOLEAN NTAPI StayInService(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    if (!ContractClaim(Context)) {
        return FALSE;
    }
    InterlockedExchange(&InService, 1);
    CHECK_EQUAL(CountInEveryRegister(&Stop, &Turns), 0);
    CHECK_EQUAL(KeGetCurrentIrql(), Timer.Irql);
    InterlockedExchange(&InService, 0);
    InterlockedIncrement(&Served);
    return TRUE;
}

/* The victim stays in its service routine, and only a call gets through to it. */
static VOID Round(LONG Nth)
{
    ContractChooseLine(&Timer, (ULONG)Nth % HPET_TIMERS, (ULONG)Nth);
    CHECK_EQUAL(ContractConnect(&Timer, Latched, StayInService, &Timer, Victim), STATUS_SUCCESS);
    InterlockedExchange(&Stop, 0);
    ContractArm(&Timer, 500);
    ContractAwait(&InService, 1);
    for (ULONG_PTR Call = 0; Call < CALLS; Call++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, Call), Call);
    }
    InterlockedExchange(&Stop, 1);
    ContractAwait(&Served, Nth + 1);
    ContractDisconnect(&Timer);
    CHECK_EQUAL(Nested, (Nth + 1) * CALLS);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    Victim = Count - 1;
    for (LONG Nth = 0; Nth < LINES && Count > 1; Nth++) {
        KeSetSystemAffinityThread(1); /* not on the victim */
        Round(Nth);
    }
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * C2: a service routine may call, at its device's IRQL and holding its interrupt's lock: the routine runs at
 * IPI_LEVEL once on every processor, and level and lock are as before afterwards.
 */
#include "hpet.h"

#define LINES 8

static CONTRACT_TIMER Timer;
static KSPIN_LOCK Lock;
static volatile LONG Runs, Calls;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    InterlockedIncrement(&Runs);
    return Argument + ContractIndex();
}

static BOOLEAN NTAPI CallFromService(PKINTERRUPT Interrupt, PVOID Context)
{
    ULONG_PTR Argument = (ULONG_PTR)Interrupt;

    if (!ContractClaim(Context)) {
        return FALSE;
    }
    CHECK(!KeTestSpinLock(&Lock));
    CHECK_EQUAL(KeIpiGenericCall(Routine, Argument), Argument + ContractIndex());
    CHECK_EQUAL(KeGetCurrentIrql(), Timer.Irql);
    CHECK((__readeflags() & 0x200) != 0);
    CHECK(!KeTestSpinLock(&Lock));
    InterlockedIncrement(&Calls);
    return TRUE;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    ULONG Seen = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    Timer.Lock = &Lock;
    CHECK(ContractMapHpet());
    for (LONG Nth = 0; Nth < LINES; Nth++) {
        ContractChooseLine(&Timer, (ULONG)Nth % HPET_TIMERS, (ULONG)Nth);
        Seen |= 1u << Timer.Irql;
        CHECK_EQUAL(ContractConnect(&Timer, Nth % 2 == 0 ? LevelSensitive : Latched,
                                    CallFromService, &Timer, (ULONG)Nth % Count),
                    STATUS_SUCCESS);
        ContractArm(&Timer, 500);
        ContractAwait(&Calls, Nth + 1);
        ContractDisconnect(&Timer);
        CHECK_EQUAL(Runs, (Nth + 1) * (LONG)Count);
        CHECK(KeTestSpinLock(&Lock));
    }
    CHECK((Seen & (Seen - 1)) != 0); /* more than one IRQL */
    return CONTRACT_RESULT();
}

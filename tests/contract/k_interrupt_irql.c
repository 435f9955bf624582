/* SPDX-License-Identifier: MIT */
/* A service routine that returns at another level than its own is IRQL_UNEXPECTED_VALUE, at its place. */
#include "hpet.h"

static CONTRACT_TIMER Timer;

static BOOLEAN NTAPI ReturnRaised(PKINTERRUPT Interrupt, PVOID Context)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(Interrupt);
    KeRaiseIrql(CLOCK_LEVEL, &Old);
    return ContractClaim(Context);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    ContractChooseLine(&Timer, 0, 0);
    CHECK_EQUAL(ContractConnect(&Timer, Latched, ReturnRaised, &Timer, 0), STATUS_SUCCESS);
    ContractArm(&Timer, 500);
    ContractAwait(&Timer.Armed, 7); /* never */
    return CONTRACT_RESULT();
}

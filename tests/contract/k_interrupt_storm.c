/* SPDX-License-Identifier: MIT */
/* A level that no service routine claims is HARDWARE_INTERRUPT_STORM, not a hang. */
#include "hpet.h"

static CONTRACT_TIMER Timer;

static BOOLEAN NTAPI Deny(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    UNREFERENCED_PARAMETER(Context);
    return FALSE;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    ContractChooseLine(&Timer, 0, 0);
    CHECK_EQUAL(ContractConnect(&Timer, LevelSensitive, Deny, (PVOID)0x5708, 0), STATUS_SUCCESS);
    ContractArm(&Timer, 500);
    ContractAwait(&Timer.Armed, 0); /* never */
    return CONTRACT_RESULT();
}

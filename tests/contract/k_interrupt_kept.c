/* SPDX-License-Identifier: MIT */
/* A level whose service routine claims it and leaves its device as it is, is HARDWARE_INTERRUPT_STORM, not a hang. */
#include "hpet.h"

static CONTRACT_TIMER Timer;

static BOOLEAN NTAPI Forget(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    UNREFERENCED_PARAMETER(Context);
    return TRUE; /* without a word to the device */
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    ContractChooseLine(&Timer, 0, 0);
    CHECK_EQUAL(ContractConnect(&Timer, LevelSensitive, Forget, (PVOID)0x5708, 0), STATUS_SUCCESS);
    ContractArm(&Timer, 500);
    ContractAwait(&Timer.Armed, 0); /* never */
    return CONTRACT_RESULT();
}

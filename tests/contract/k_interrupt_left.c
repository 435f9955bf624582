/* SPDX-License-Identifier: MIT */
/* A driver that is unloaded while its service routine is connected is stopped, and the routine is named. */
#include "hpet.h"

static CONTRACT_TIMER Timer;

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    UNREFERENCED_PARAMETER(Interrupt);
    return ContractClaim(Context);
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    CHECK(ContractMapHpet());
    ContractChooseLine(&Timer, 0, 0);
    CHECK_EQUAL(ContractConnect(&Timer, Latched, Serve, &Timer, 0), STATUS_SUCCESS);
    return CONTRACT_RESULT();
}

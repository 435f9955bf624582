/* SPDX-License-Identifier: MIT */
/* C18: a processor that takes no interrupts at all is named by CLOCK_WATCHDOG_TIMEOUT. */
#include "contract.h"

static CONTRACT_WORK Work;
static volatile LONG Off;
static volatile LONG Never;

static VOID SpinWithInterruptsOff(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    _disable();
    InterlockedExchange(&Off, 1);
    ContractAwait(&Never, 1);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStart(&Work, ContractProcessors() - 1, SpinWithInterruptsOff, NULL);
    ContractAwait(&Off, 1);
    KeIpiGenericCall(Routine, 0);
    return STATUS_SUCCESS;
}

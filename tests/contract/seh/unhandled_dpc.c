/* SPDX-License-Identifier: MIT */
/* What a DPC raises is not offered to the code that it interrupts. */
#include "../contract.h"

static KDPC Dpc;
static volatile LONG Never;

static VOID NTAPI DpcRoutine(PKDPC Object, PVOID Context, PVOID A1, PVOID A2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    ExRaiseStatus(STATUS_DEVICE_BUSY);
}

static __attribute__((noinline)) VOID Interrupted(VOID)
{
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    ContractAwait(&Never, 1);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeDpc(&Dpc, DpcRoutine, NULL);
    __try {
        Interrupted();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("a handler of interrupted code was asked\n");
    }
    return STATUS_SUCCESS;
}

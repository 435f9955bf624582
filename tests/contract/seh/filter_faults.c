/* SPDX-License-Identifier: MIT */
/* A filter that always faults ends as a double fault, when the stack is used up. */
#include "../contract.h"

static __attribute__((noinline)) LONG Fault(VOID)
{
    __asm__ volatile("ud2");
    return EXCEPTION_EXECUTE_HANDLER;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __try {
        Fault();
    } __except (Fault()) {
        DbgPrint("caught\n");
    }
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* __try does not catch a page fault at DISPATCH_LEVEL. */
#include "../contract.h"

static __attribute__((noinline)) VOID Write(VOID)
{
    __asm__ volatile("movb $1, (%0)" : : "r"(0x1230ull) : "memory");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeRaiseIrql(DISPATCH_LEVEL, &Old);
    __try {
        Write();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("caught\n");
    }
    KeLowerIrql(Old);
    return STATUS_SUCCESS;
}

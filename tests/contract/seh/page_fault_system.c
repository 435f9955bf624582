/* SPDX-License-Identifier: MIT */
/* __try does not catch a page fault on a system address, at no IRQL. */
#include "../contract.h"

static __attribute__((noinline)) VOID Read(VOID)
{
    __asm__ volatile("movb (%0), %%al" : : "r"(0xFFFFF90000000000ull) : "rax");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    __try {
        Read();
    } __except (EXCEPTION_EXECUTE_HANDLER) {
        DbgPrint("caught\n");
    }
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* C13: what the routine sets on purpose stays set on every processor: debug and control registers. */
#include "contract.h"

static ULONG64 ReadDr0(VOID)
{
    ULONG64 Value;

    __asm__ volatile("mov %%dr0, %0" : "=r"(Value));
    return Value;
}

static VOID WriteDr0(ULONG64 Value)
{
    __asm__ volatile("mov %0, %%dr0" ::"r"(Value));
}

static ULONG_PTR NTAPI Set(ULONG_PTR Argument)
{
    WriteDr0(Argument + ContractIndex());
    __writecr4(__readcr4() | 0x4); /* TSD */
    return 0;
}

static ULONG_PTR NTAPI CheckAndClear(ULONG_PTR Argument)
{
    CHECK_EQUAL(ReadDr0(), Argument + ContractIndex());
    CHECK((__readcr4() & 0x4) != 0);
    WriteDr0(0);
    __writecr4(__readcr4() & ~0x4ull);
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeIpiGenericCall(Set, 0x7000000);
    KeIpiGenericCall(CheckAndClear, 0x7000000);
    return CONTRACT_RESULT();
}

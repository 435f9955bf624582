/* SPDX-License-Identifier: MIT */
/*
 * INIT is gone after DriverEntry, what is not mapped is not valid, and routines are found by name
 * in both system images.
 */
#include "contract.h"

DRIVER_INITIALIZE DriverEntry;

static ULONG Data = 1;
static const ULONG Constant = 2;

__attribute__((section("INIT"))) ULONG OnlyAtStart(VOID)
{
    return Constant + Data;
}

static VOID TestValid(VOID)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'tseT');
    PHYSICAL_ADDRESS First, Second;
    ULONG OnStack = 0;

    CHECK(MmIsAddressValid(&Data) && MmIsAddressValid((PVOID)&Constant) &&
          MmIsAddressValid(&OnStack));
    CHECK(MmIsAddressValid((PVOID)(ULONG_PTR)DriverEntry));
    CHECK(MmIsAddressValid(Block) && MmIsAddressValid(Block + 2 * PAGE_SIZE - 1));
    CHECK(!MmIsAddressValid(Block + 2 * PAGE_SIZE)); /* a guard page follows */
    CHECK(!MmIsAddressValid(NULL));
    CHECK(!MmIsAddressValid((PVOID)0x1000));
    CHECK(!MmIsAddressValid((PVOID)0x0000800000000000));
    CHECK(!MmIsAddressValid((PVOID)0xFFFF7FFFFFFFF000));
    CHECK(!MmIsAddressValid((PVOID)0xFFFF800000000000));
    First = MmGetPhysicalAddress(Block + 5);
    Second = MmGetPhysicalAddress(Block + PAGE_SIZE);
    CHECK_EQUAL(First.QuadPart % PAGE_SIZE, 5);
    CHECK(First.QuadPart - 5 != Second.QuadPart);
    CHECK_EQUAL(MmGetPhysicalAddress(NULL).QuadPart, 0);
    ExFreePool(Block);
    CHECK(!MmIsAddressValid(Block));
    CHECK_EQUAL(MmGetPhysicalAddress(Block).QuadPart, 0);
}

static PVOID Find(PCWSTR Name)
{
    UNICODE_STRING String;

    RtlInitUnicodeString(&String, Name);
    return MmGetSystemRoutineAddress(&String);
}

static VOID TestRoutines(VOID)
{
    CHECK(Find(L"KeIpiGenericCall") == (PVOID)(ULONG_PTR)KeIpiGenericCall);
    CHECK(Find(L"ExFreePool") == (PVOID)(ULONG_PTR)ExFreePool);
    CHECK(Find(L"READ_PORT_UCHAR") != NULL); /* hal.dll's */
    CHECK(Find(L"keipigenericcall") == NULL);
    CHECK(Find(L"") == NULL);
    CHECK(Find(L"KeIpiGenericCall\x100") == NULL);
}

static VOID NTAPI Unload(PDRIVER_OBJECT Driver)
{
    UNREFERENCED_PARAMETER(Driver);
    CHECK(!MmIsAddressValid((PVOID)(ULONG_PTR)OnlyAtStart));
    CHECK(MmIsAddressValid((PVOID)(ULONG_PTR)Unload));
    if (ContractFailures != 0) {
        KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG_PTR)ContractFailures, 0, 0, 0);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(OnlyAtStart(), 3);
    TestValid();
    TestRoutines();
    DriverObject->DriverUnload = Unload;
    return CONTRACT_RESULT();
}

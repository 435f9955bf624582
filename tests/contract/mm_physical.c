/* SPDX-License-Identifier: MIT */
/*
 * Physical memory: contiguous blocks lie where they were asked for, addresses translate both ways,
 * page tables included, device memory is mapped and unmapped, and copies stop where memory ends.
 */
#include "contract.h"

#define PAGES 5

static const PHYSICAL_ADDRESS Zero = { .QuadPart = 0 }, All = { .QuadPart = -1 };

static VOID CheckContiguous(PUCHAR Block, ULONG Pages)
{
    LONGLONG First = MmGetPhysicalAddress(Block).QuadPart;

    CHECK_EQUAL((ULONG_PTR)Block % PAGE_SIZE, 0);
    for (ULONG Page = 0; Page < Pages; Page++) {
        PHYSICAL_ADDRESS Physical = MmGetPhysicalAddress(Block + Page * PAGE_SIZE + 3);

        CHECK_EQUAL(Physical.QuadPart, First + Page * PAGE_SIZE + 3);
        CHECK(MmGetVirtualForPhysical(Physical) == Block + Page * PAGE_SIZE + 3);
    }
    RtlFillMemory(Block, Pages * PAGE_SIZE, 0x5A);
}

static VOID TestContiguous(VOID)
{
    const PHYSICAL_ADDRESS High = { .QuadPart = 0x3FFFFFF }, Boundary = { .QuadPart = 0x10000 };
    PUCHAR One = MmAllocateContiguousMemory(PAGES * PAGE_SIZE - 5, All);
    PUCHAR Two = MmAllocateContiguousMemorySpecifyCache(9 * PAGE_SIZE, Zero, High, Boundary, MmCached);
    PUCHAR Three = MmAllocateContiguousNodeMemory(1, Zero, All, Zero, PAGE_READWRITE | PAGE_NOCACHE,
                                                  MM_ANY_NODE_OK);
    LONGLONG First;

    CHECK(One != NULL && Two != NULL && Three != NULL);
    CheckContiguous(One, PAGES);
    CheckContiguous(Two, 9);
    CheckContiguous(Three, 1);
    First = MmGetPhysicalAddress(Two).QuadPart;
    CHECK(First + 9 * PAGE_SIZE - 1 <= High.QuadPart);
    CHECK_EQUAL(First / 0x10000, (First + 9 * PAGE_SIZE - 1) / 0x10000);
    MmFreeContiguousMemory(One);
    MmFreeContiguousMemorySpecifyCache(Two, 9 * PAGE_SIZE, MmCached);
    MmFreeContiguousMemory(Three);
    CHECK(!MmIsAddressValid(One) && !MmIsAddressValid(Two));
    CHECK(MmAllocateContiguousMemory((SIZE_T)1 << 40, All) == NULL);
    CHECK(MmAllocateContiguousMemory(PAGE_SIZE, Zero) == NULL);
    for (ULONG Round = 0; Round < 50; Round++) { /* it comes back */
        One = MmAllocateContiguousMemory(16 << 20, All);
        CHECK(One != NULL);
        if (One == NULL) {
            break;
        }
        MmFreeContiguousMemory(One);
    }
    One = MmAllocateNonCachedMemory(PAGE_SIZE + 1);
    CHECK(One != NULL && One[PAGE_SIZE] == 0);
    MmFreeNonCachedMemory(One, PAGE_SIZE + 1);
}

/* The tables that translate an address, walked from CR3 as drivers do. */
static VOID TestTables(PVOID Address)
{
    PHYSICAL_ADDRESS Table = { .QuadPart = (LONGLONG)(__readcr3() & ~0xFFFull) };

    for (ULONG Shift = 39; Shift >= 12; Shift -= 9) {
        PULONG64 Entries = MmGetVirtualForPhysical(Table);

        CHECK(Entries != NULL);
        if (Entries == NULL) {
            return;
        }
        CHECK_EQUAL(MmGetPhysicalAddress(Entries).QuadPart, Table.QuadPart);
        Table.QuadPart = (LONGLONG)(Entries[((ULONG64)Address >> Shift) & 511] & 0x000FFFFFFFFFF000);
    }
    CHECK_EQUAL(Table.QuadPart, MmGetPhysicalAddress(Address).QuadPart & ~0xFFFll);
}

static VOID TestIoSpace(VOID)
{
    const PHYSICAL_ADDRESS Apic = { .QuadPart = 0xFEE00030 };
    PHYSICAL_ADDRESS Own;
    volatile ULONG *Version = MmMapIoSpace(Apic, 4, MmNonCached);
    PULONG Word = ExAllocatePoolWithTag(NonPagedPoolNx, 64, 'oItT');
    volatile ULONG *Alias;

    CHECK(Version != NULL && MmIsAddressValid((PVOID)Version));
    CHECK((*Version & 0xFF) >= 0x10); /* an integrated APIC's version */
    MmUnmapIoSpace((PVOID)Version, 4);
    CHECK(!MmIsAddressValid((PVOID)Version));
    CHECK(MmMapIoSpace(Apic, 0, MmNonCached) == NULL);
    Own = MmGetPhysicalAddress(Word);
    Alias = MmMapIoSpaceEx(Own, 4, PAGE_READONLY);
    *Word = 0x12345678;
    CHECK_EQUAL(*Alias, 0x12345678);
    MmUnmapIoSpace((PVOID)Alias, 4);
    CHECK(MmMapIoSpaceEx(Own, 4, 0x7777) == NULL);
    ExFreePool(Word);
}

static VOID TestCopy(VOID)
{
    PUCHAR Source = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'pCtT'), Target;
    MM_COPY_ADDRESS From;
    SIZE_T Done = 77;

    Target = ExAllocatePoolWithTag(NonPagedPoolNx, 4 * PAGE_SIZE, 'pCtT');
    RtlFillMemory(Source, 2 * PAGE_SIZE, 0x77);
    From.VirtualAddress = Source + 100;
    CHECK_EQUAL(MmCopyMemory(Target, From, PAGE_SIZE, MM_COPY_MEMORY_VIRTUAL, &Done),
                STATUS_SUCCESS);
    CHECK_EQUAL(Done, PAGE_SIZE);
    CHECK_EQUAL(RtlCompareMemory(Target, Source, PAGE_SIZE), PAGE_SIZE);
    CHECK(!NT_SUCCESS(MmCopyMemory(Target, From, 3 * PAGE_SIZE, MM_COPY_MEMORY_VIRTUAL, &Done)));
    CHECK_EQUAL(Done, 2 * PAGE_SIZE - 100); /* up to the guard page */
    From.VirtualAddress = NULL;
    CHECK(!NT_SUCCESS(MmCopyMemory(Target, From, 8, MM_COPY_MEMORY_VIRTUAL, &Done)));
    CHECK_EQUAL(Done, 0);
    RtlZeroMemory(Target, 4 * PAGE_SIZE);
    From.PhysicalAddress = MmGetPhysicalAddress(Source + PAGE_SIZE - 8);
    CHECK_EQUAL(MmCopyMemory(Target, From, 8, MM_COPY_MEMORY_PHYSICAL, &Done), STATUS_SUCCESS);
    CHECK_EQUAL(*(PULONG64)Target, 0x7777777777777777);
    CHECK_EQUAL(Done, 8);
    From.PhysicalAddress.QuadPart = 0xFEE00000; /* a device's */
    CHECK(!NT_SUCCESS(MmCopyMemory(Target, From, 8, MM_COPY_MEMORY_PHYSICAL, &Done)));
    CHECK_EQUAL(MmCopyMemory(Target, From, 8, 3, &Done), STATUS_INVALID_PARAMETER_4);
    ExFreePool(Source);
    ExFreePool(Target);
}

static VOID TestRanges(VOID)
{
    PPHYSICAL_MEMORY_RANGE Ranges = MmGetPhysicalMemoryRanges(), Range;
    LONGLONG End = -1, Own = MmGetPhysicalAddress(Ranges).QuadPart;
    ULONG64 Total = 0;
    BOOLEAN Found = FALSE;

    for (Range = Ranges; Range->NumberOfBytes.QuadPart != 0; Range++) {
        CHECK(Range->BaseAddress.QuadPart > End);
        End = Range->BaseAddress.QuadPart + Range->NumberOfBytes.QuadPart;
        Total += (ULONG64)Range->NumberOfBytes.QuadPart;
        Found |= Own >= Range->BaseAddress.QuadPart && Own < End;
    }
    CHECK(Found);
    CHECK(Total > 200 << 20);
    ExFreePool(Ranges);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG OnStack = 0;

    UNREFERENCED_PARAMETER(RegistryPath);
    TestContiguous();
    TestTables(DriverObject);
    TestTables(&OnStack);
    TestTables((PVOID)(ULONG_PTR)TestTables);
    TestIoSpace();
    TestCopy();
    TestRanges();
    return CONTRACT_RESULT();
}

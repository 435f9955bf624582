/* SPDX-License-Identifier: MIT */
/*
 * physical.c: questions about physical memory, and copies of it.
 *
 * References: "MmGetPhysicalMemoryRanges function (ntddk.h)", "MmCopyMemory
 * function (ntddk.h)", "MmGetVirtualForPhysical function (ntddk.h)".
 */
#include "mapping.h"
#include "../ex/exp.h"

#define MI_TAG_RANGES 0x6E526D4Du /* 'MmRn' in memory */

#define MI_COPY_PHYSICAL 1u /* MM_COPY_MEMORY_PHYSICAL */
#define MI_COPY_VIRTUAL  2u /* MM_COPY_MEMORY_VIRTUAL */
#define MI_COPY_WINDOW   16 /* pages that a copy maps at a time */

/* "MM_COPY_ADDRESS structure (ntddk.h)" */
typedef union _MI_COPY_ADDRESS {
    PVOID VirtualAddress;
    PHYSICAL_ADDRESS PhysicalAddress;
} MI_COPY_ADDRESS;

ULONG64 MiEndOfPages(PHYSICAL_ADDRESS Highest)
{
    ULONG64 End = (ULONG64)Highest.QuadPart + 1; /* 0: all there is */

    return End == 0 ? 1ull << 52 : End & ~(ULONG64)(PAGE_SIZE - 1);
}

/* MiIsUsable: memory, as opposed to devices and the firmware's? */
static BOOLEAN MiIsUsable(const LOADER_MEMORY *Range)
{
    return Range->Type == LoaderMemoryFree || Range->Type == LoaderMemoryLoaded;
}

ULONG64 MiEndOfMemory(VOID)
{
    ULONG Count;
    const LOADER_MEMORY *Ranges = MiQueryMemory(&Count);
    ULONG64 End = 0;

    for (ULONG Index = 0; Index < Count; Index++) {
        if (MiIsUsable(&Ranges[Index])) {
            End = Ranges[Index].Base + (Ranges[Index].Pages << PAGE_SHIFT);
        }
    }
    return End;
}

BOOLEAN MiIsMemory(ULONG64 PhysicalAddress, SIZE_T Bytes)
{
    ULONG Count;
    const LOADER_MEMORY *Ranges = MiQueryMemory(&Count);
    ULONG64 At = PhysicalAddress, End = PhysicalAddress + Bytes;

    for (ULONG Index = 0; Index < Count && At < End; Index++) {
        ULONG64 Size = Ranges[Index].Pages << PAGE_SHIFT;

        if (MiIsUsable(&Ranges[Index]) && At - Ranges[Index].Base < Size) {
            At = Ranges[Index].Base + Size;
        }
    }
    return At >= End && End >= PhysicalAddress;
}

/*
 * MmGetPhysicalMemoryRanges: the ranges of memory that the system uses, in ascending order.
 * => an array that ends with a range of zeros; the caller frees it with ExFreePool; NULL: memory is short
 * => PASSIVE_LEVEL
 */
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRanges(VOID)
{
    ULONG Count, Used = 0;
    const LOADER_MEMORY *Ranges = MiQueryMemory(&Count);
    PPHYSICAL_MEMORY_RANGE List =
        ExAllocatePoolZero(NonPagedPoolNx, (Count + 1) * sizeof(*List), MI_TAG_RANGES);

    for (ULONG Index = 0; List != NULL && Index < Count; Index++) {
        LONGLONG Base = (LONGLONG)Ranges[Index].Base;
        LONGLONG Size = (LONGLONG)(Ranges[Index].Pages << PAGE_SHIFT);

        if (!MiIsUsable(&Ranges[Index])) {
            continue;
        }
        if (Used != 0 &&
            List[Used - 1].BaseAddress.QuadPart + List[Used - 1].NumberOfBytes.QuadPart == Base) {
            List[Used - 1].NumberOfBytes.QuadPart += Size;
        } else {
            List[Used].BaseAddress.QuadPart = Base;
            List[Used++].NumberOfBytes.QuadPart = Size;
        }
    }
    return List;
}

/* MmGetPhysicalMemoryRangesEx: the same of a partition; there is one. */
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRangesEx(PVOID PartitionObject)
{
    UNREFERENCED_PARAMETER(PartitionObject);
    return MmGetPhysicalMemoryRanges();
}

/* MmGetPhysicalMemoryRangesEx2: the same with flags, which select kinds of memory that are not here. */
PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRangesEx2(PVOID PartitionObject, ULONG Flags)
{
    UNREFERENCED_PARAMETER(PartitionObject);
    UNREFERENCED_PARAMETER(Flags);
    return MmGetPhysicalMemoryRanges();
}

/*
 * MmGetVirtualForPhysical: the system address of a byte of memory.
 * => page tables, too, which lie where the page tables map them
 * => NULL: it has none.  Any IRQL.
 */
PVOID NTAPI MmGetVirtualForPhysical(PHYSICAL_ADDRESS PhysicalAddress)
{
    PUCHAR Page = HalFindPage((ULONG64)PhysicalAddress.QuadPart);

    return Page == NULL ? NULL : Page + BYTE_OFFSET(PhysicalAddress.QuadPart);
}

/* MiCopyVirtual: copy until a page is not there; => bytes copied */
static SIZE_T MiCopyVirtual(PUCHAR Target, PUCHAR Source, SIZE_T Bytes)
{
    SIZE_T Done = 0;

    while (Done < Bytes && MmIsAddressValid(Source + Done)) {
        SIZE_T Part = PAGE_SIZE - BYTE_OFFSET(Source + Done);

        Part = Part < Bytes - Done ? Part : Bytes - Done;
        memcpy(Target + Done, Source + Done, Part);
        Done += Part;
    }
    return Done;
}

/*
 * MiCopyThrough: copy physical memory through a window of MI_COPY_WINDOW pages.
 * => bytes copied: less if it is no memory, or memory for the page tables is short
 */
static SIZE_T MiCopyThrough(PVOID Window, PUCHAR Target, ULONG64 Source, SIZE_T Bytes)
{
    SIZE_T Done = 0;

    while (Done < Bytes) {
        SIZE_T Offset = (Source + Done) & (PAGE_SIZE - 1);
        SIZE_T Part = MI_COPY_WINDOW * PAGE_SIZE - Offset, Pages;

        Part = Part < Bytes - Done ? Part : Bytes - Done;
        Pages = BYTES_TO_PAGES(Offset + Part);
        if (!MiIsMemory(Source + Done, Part) ||
            !NT_SUCCESS(HalMapPages(Window, Source + Done - Offset, Pages,
                                    HAL_PAGE_READ | HAL_PAGE_ALIAS))) {
            break;
        }
        memcpy(Target + Done, (PUCHAR)Window + Offset, Part);
        MiUnmapFrames(Window, Pages);
        Done += Part;
    }
    return Done;
}

/* MiCopyPhysical: copy physical memory; => bytes copied */
static SIZE_T MiCopyPhysical(PUCHAR Target, ULONG64 Source, SIZE_T Bytes)
{
    MI_MAPPING *Window = MiReserveMapping(MiMappingIoSpace, MI_COPY_WINDOW);
    SIZE_T Done = 0;

    if (Window != NULL) {
        Done = MiCopyThrough(Window->Address, Target, Source, Bytes);
        MiDropMapping(Window);
    }
    return Done;
}

/*
 * MmCopyMemory: copy from virtual or physical addresses that may not exist.
 * => STATUS_INVALID_PARAMETER_4: not exactly one of the flags
 * => STATUS_INVALID_ADDRESS: not all of it is there; *NumberOfBytesTransferred says how much
 * => IRQL <= APC_LEVEL
 */
NTSTATUS NTAPI MmCopyMemory(PVOID TargetAddress, MI_COPY_ADDRESS SourceAddress,
                            SIZE_T NumberOfBytes, ULONG Flags, PSIZE_T NumberOfBytesTransferred)
{
    *NumberOfBytesTransferred = 0;
    if (Flags == MI_COPY_VIRTUAL) {
        *NumberOfBytesTransferred =
            MiCopyVirtual(TargetAddress, SourceAddress.VirtualAddress, NumberOfBytes);
    } else if (Flags == MI_COPY_PHYSICAL) {
        *NumberOfBytesTransferred = MiCopyPhysical(
            TargetAddress, (ULONG64)SourceAddress.PhysicalAddress.QuadPart, NumberOfBytes);
    } else {
        return STATUS_INVALID_PARAMETER_4;
    }
    return *NumberOfBytesTransferred == NumberOfBytes ? STATUS_SUCCESS : STATUS_INVALID_ADDRESS;
}

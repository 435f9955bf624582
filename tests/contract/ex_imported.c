/* SPDX-License-Identifier: MIT */
/*
 * The other allocators, resources in critical regions, run-down protection by counts, and what drivers
 * may ask about their memory do what their pages say.
 */
#include "contract.h"

#define TAG 'tseT'

NTKERNELAPI VOID FASTCALL ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI BOOLEAN FASTCALL ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);
NTKERNELAPI VOID FASTCALL ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count);
NTKERNELAPI VOID FASTCALL ExRundownCompleted(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceExclusive(PERESOURCE Resource);
NTKERNELAPI PVOID NTAPI ExEnterCriticalRegionAndAcquireResourceShared(PERESOURCE Resource);
NTKERNELAPI VOID FASTCALL ExReleaseResourceAndLeaveCriticalRegion(PERESOURCE Resource);
NTKERNELAPI BOOLEAN NTAPI ExAcquireSharedWaitForExclusive(PERESOURCE Resource, BOOLEAN Wait);
NTKERNELAPI PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRangesEx(PVOID Partition);
NTKERNELAPI PPHYSICAL_MEMORY_RANGE NTAPI MmGetPhysicalMemoryRangesEx2(PVOID Partition, ULONG Flags);

#undef ExAllocatePool
NTKERNELAPI PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes);
#undef ExAllocatePoolWithQuota
NTKERNELAPI PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes);

static VOID CheckBlock(PVOID Block, BOOLEAN Zeroed)
{
    PUCHAR Bytes = Block;

    CHECK(Block != NULL);
    for (ULONG Index = 0; Zeroed && Index < 100; Index++) {
        CHECK_EQUAL(Bytes[Index], 0);
    }
    RtlFillMemory(Block, 100, 0xAA); /* for whoever gets it next */
}

static VOID CheckAllocators(VOID)
{
    POOL_EXTENDED_PARAMETER Parameter = {{.Type = PoolExtendedParameterPriority}, {0}};
    PVOID Block;

    Parameter.Priority = NormalPoolPriority;
    CheckBlock(Block = ExAllocatePool(NonPagedPoolNx, 100), FALSE);
    ExFreePool(Block);
    CheckBlock(Block = ExAllocatePoolWithTagPriority(NonPagedPoolNx, 100, TAG, HighPoolPriority),
               FALSE);
    ExFreePoolWithTag(Block, TAG);
    CheckBlock(Block = ExAllocatePoolWithQuota(NonPagedPoolNx, 100), FALSE);
    ExFreePool(Block);
    CheckBlock(Block = ExAllocatePoolWithQuotaTag(PagedPool, 100, TAG), FALSE);
    ExFreePoolWithTag(Block, TAG);
    CheckBlock(Block = ExAllocatePoolUninitialized(NonPagedPoolNx, 100, TAG), FALSE);
    ExFreePoolWithTag(Block, TAG);
    CheckBlock(Block = ExAllocatePoolZero(NonPagedPoolNx, 100, TAG), TRUE);
    ExFreePool2(Block, TAG, NULL, 0);
    CheckBlock(Block = ExAllocatePool3(POOL_FLAG_NON_PAGED, 100, TAG, &Parameter, 1), TRUE);
    ExFreePool2(Block, TAG, NULL, 0);
}

static VOID CheckResource(VOID)
{
    ERESOURCE Resource;

    CHECK_EQUAL(ExInitializeResourceLite(&Resource), STATUS_SUCCESS);
    ExEnterCriticalRegionAndAcquireResourceExclusive(&Resource);
    CHECK(KeAreApcsDisabled());
    CHECK(ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQUAL(ExGetExclusiveWaiterCount(&Resource), 0);
    CHECK_EQUAL(ExGetSharedWaiterCount(&Resource), 0);
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    CHECK(!KeAreApcsDisabled());
    ExEnterCriticalRegionAndAcquireResourceShared(&Resource);
    CHECK(ExAcquireSharedStarveExclusive(&Resource, FALSE));
    CHECK(ExAcquireSharedWaitForExclusive(&Resource, FALSE));
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    ExReleaseResourceForThreadLite(&Resource, ExGetCurrentResourceThread());
    ExReleaseResourceLite(&Resource);
    ExReleaseResourceAndLeaveCriticalRegion(&Resource);
    CHECK_EQUAL(ExReinitializeResourceLite(&Resource), STATUS_SUCCESS);
    CHECK_EQUAL(ExDeleteResourceLite(&Resource), STATUS_SUCCESS);
}

static VOID CheckRundown(VOID)
{
    EX_RUNDOWN_REF Reference;

    ExInitializeRundownProtection(&Reference);
    CHECK(ExAcquireRundownProtectionEx(&Reference, 3));
    ExReleaseRundownProtectionEx(&Reference, 2);
    ExReleaseRundownProtectionEx(&Reference, 1);
    ExWaitForRundownProtectionRelease(&Reference);
    CHECK(!ExAcquireRundownProtectionEx(&Reference, 1));
    ExReInitializeRundownProtection(&Reference);
    CHECK(ExAcquireRundownProtectionEx(&Reference, 1));
    ExReleaseRundownProtectionEx(&Reference, 1);
    ExRundownCompleted(&Reference);
    CHECK(!ExAcquireRundownProtectionEx(&Reference, 1));
}

static VOID CheckMemory(VOID)
{
    PHYSICAL_ADDRESS Lowest = {.QuadPart = 0}, Highest = {.QuadPart = -1}, Boundary = {.QuadPart = 0};
    PPHYSICAL_MEMORY_RANGE Plain = MmGetPhysicalMemoryRanges();
    PPHYSICAL_MEMORY_RANGE Other = MmGetPhysicalMemoryRangesEx(NULL);
    PPHYSICAL_MEMORY_RANGE Last = MmGetPhysicalMemoryRangesEx2(NULL, 0);
    PVOID Contiguous, Handle;

    for (ULONG Index = 0; Plain[Index].NumberOfBytes.QuadPart != 0; Index++) {
        CHECK_EQUAL(Plain[Index].BaseAddress.QuadPart, Other[Index].BaseAddress.QuadPart);
        CHECK_EQUAL(Plain[Index].BaseAddress.QuadPart, Last[Index].BaseAddress.QuadPart);
    }
    ExFreePool(Plain);
    ExFreePool(Other);
    ExFreePool(Last);
    Contiguous = MmAllocateContiguousMemorySpecifyCacheNode(2 * PAGE_SIZE, Lowest, Highest, Boundary,
                                                            MmCached, 0);
    CHECK(Contiguous != NULL);
    CHECK(MmIsNonPagedSystemAddressValid(Contiguous));
    CHECK(!MmIsNonPagedSystemAddressValid((PVOID)0x1000));
    MmFreeContiguousMemory(Contiguous);
    Handle = MmLockPagableDataSection((PVOID)(ULONG_PTR)CheckMemory);
    CHECK(Handle != NULL);
    MmLockPagableSectionByHandle(Handle);
    MmUnlockPagableImageSection(Handle);
    MmUnlockPagableImageSection(Handle);
    CHECK(MmPageEntireDriver((PVOID)(ULONG_PTR)CheckMemory) != NULL);
    MmResetDriverPaging((PVOID)(ULONG_PTR)CheckMemory);
    CHECK(MmQuerySystemSize() <= MmLargeSystem);
    CHECK(!MmIsThisAnNtAsSystem());
}

static VOID CheckMdl(VOID)
{
    PUCHAR Block = ExAllocatePoolWithTag(NonPagedPoolNx, 3 * PAGE_SIZE, TAG);
    PMDL Mdl = IoAllocateMdl(Block, 3 * PAGE_SIZE, FALSE, FALSE, NULL);
    PUCHAR Alias;

    MmProbeAndLockProcessPages(Mdl, PsGetCurrentProcess(), KernelMode, IoWriteAccess);
    Alias = MmMapLockedPages(Mdl, KernelMode);
    Alias[5] = 0x5A;
    CHECK_EQUAL(Block[5], 0x5A);
    MmUnmapLockedPages(Alias, Mdl);
    CHECK_EQUAL(MmAdvanceMdl(Mdl, PAGE_SIZE), STATUS_SUCCESS);
    CHECK_EQUAL(MmGetMdlByteCount(Mdl), 2 * PAGE_SIZE);
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
    ExFreePoolWithTag(Block, TAG);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ObReferenceObject(PsGetCurrentProcess()) >= 2);
    CHECK(ObDereferenceObject(PsGetCurrentProcess()) >= 1);
    CheckAllocators();
    CheckResource();
    CheckRundown();
    CheckMemory();
    CheckMdl();
    return CONTRACT_RESULT();
}

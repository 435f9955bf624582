/* SPDX-License-Identifier: MIT */
/*
 * An MDL describes the pages of a buffer; its mapping is the same memory at another address, with
 * the protection asked for, and is gone on every processor once it is unmapped.
 */
#include "contract.h"

#define TAG  'ldMT'
#define SIZE (2 * PAGE_SIZE + 100)

static PUCHAR Buffer;

static VOID TestSizes(VOID)
{
    PMDL Mdl = IoAllocateMdl((PVOID)(ULONG_PTR)0xFFFF900000000FFF, 2, FALSE, FALSE, NULL);

    CHECK_EQUAL(MmSizeOfMdl((PVOID)(ULONG_PTR)0xFFFF900000000FFF, 2), sizeof(MDL) + 16);
    CHECK_EQUAL(MmSizeOfMdl((PVOID)(ULONG_PTR)0x1000, 1), sizeof(MDL) + 8);
    CHECK(Mdl != NULL);
    CHECK_EQUAL(MmGetMdlByteCount(Mdl), 2);
    CHECK_EQUAL(MmGetMdlByteOffset(Mdl), 0xFFF);
    CHECK_EQUAL(Mdl->Size, sizeof(MDL) + 16);
    CHECK_EQUAL(Mdl->MdlFlags, 0);
    CHECK(Mdl->Next == NULL);
    CHECK(MmGetMdlVirtualAddress(Mdl) == (PVOID)(ULONG_PTR)0xFFFF900000000FFF);
    IoFreeMdl(Mdl);
    CHECK(IoAllocateMdl(NULL, 0xFFFFFFFF, FALSE, FALSE, NULL) == NULL);
}

static VOID TestBuilt(VOID)
{
    PMDL Mdl = IoAllocateMdl(Buffer + 50, SIZE - 50, FALSE, FALSE, NULL);

    MmBuildMdlForNonPagedPool(Mdl);
    CHECK_EQUAL(Mdl->MdlFlags, MDL_SOURCE_IS_NONPAGED_POOL);
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Buffer + 50);
    for (ULONG Page = 0; Page < 3; Page++) {
        CHECK_EQUAL(MmGetMdlPfnArray(Mdl)[Page],
                    MmGetPhysicalAddress(Buffer + Page * PAGE_SIZE).QuadPart >> PAGE_SHIFT);
    }
    IoFreeMdl(Mdl);
}

/* What is written at one address is read at the other. */
static VOID TestLocked(VOID)
{
    PMDL Mdl = IoAllocateMdl(Buffer + 50, SIZE - 50, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    MmProbeAndLockPages(Mdl, KernelMode, IoWriteAccess);
    CHECK_EQUAL(Mdl->MdlFlags, MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    Mapped = MmMapLockedPagesSpecifyCache(Mdl, KernelMode, MmCached, NULL, FALSE,
                                          NormalPagePriority | MdlMappingNoExecute);
    CHECK(Mapped != NULL && Mapped != Buffer + 50);
    CHECK(MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) == Mapped);
    CHECK_EQUAL((ULONG_PTR)Mapped % PAGE_SIZE, 50);
    for (ULONG Index = 0; Index < SIZE - 50; Index++) {
        Mapped[Index] = (UCHAR)(Index * 7);
    }
    for (ULONG Index = 0; Index < SIZE - 50; Index++) {
        CHECK_EQUAL(Buffer[50 + Index], (UCHAR)(Index * 7));
    }
    CHECK_EQUAL(MmGetPhysicalAddress(Mapped).QuadPart, MmGetPhysicalAddress(Buffer + 50).QuadPart);
    CHECK(MmGetVirtualForPhysical(MmGetPhysicalAddress(Mapped)) == Buffer + 50);
    MmUnmapLockedPages(Mapped, Mdl);
    CHECK(!MmIsAddressValid(Mapped));
    CHECK_EQUAL(Mdl->MdlFlags, MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
    Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    CHECK_EQUAL(Mapped[7], 49);
    MmUnlockPages(Mdl); /* unmaps, too */
    CHECK(!MmIsAddressValid(Mapped));
    CHECK_EQUAL(Mdl->MdlFlags, 0);
    IoFreeMdl(Mdl);
}

static VOID TestProtection(VOID)
{
    PMDL Mdl = IoAllocateMdl(Buffer, PAGE_SIZE, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    CHECK_EQUAL(MmProtectMdlSystemAddress(Mdl, PAGE_READONLY), STATUS_NOT_MAPPED_VIEW);
    Mapped = MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority);
    CHECK_EQUAL(MmProtectMdlSystemAddress(Mdl, 0x1234), STATUS_INVALID_PAGE_PROTECTION);
    CHECK_EQUAL(MmProtectMdlSystemAddress(Mdl, PAGE_NOACCESS), STATUS_SUCCESS);
    CHECK(!MmIsAddressValid(Mapped));
    CHECK_EQUAL(MmProtectMdlSystemAddress(Mdl, PAGE_EXECUTE_READWRITE), STATUS_SUCCESS);
    CHECK(MmIsAddressValid(Mapped));
    Mapped[0] = 0xC3; /* ret */
    ((VOID (*)(VOID))(ULONG_PTR)Mapped)();
    CHECK_EQUAL(Buffer[0], 0xC3);
    MmUnlockPages(Mdl);
    IoFreeMdl(Mdl);
}

/* A part of a part, with a mapping of its own. */
static VOID TestPartial(VOID)
{
    PMDL Whole = IoAllocateMdl(Buffer, SIZE, FALSE, FALSE, NULL);
    PMDL Part = IoAllocateMdl(Buffer, SIZE, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    MmProbeAndLockPages(Whole, KernelMode, IoModifyAccess);
    IoBuildPartialMdl(Whole, Part, Buffer + PAGE_SIZE + 5, 0);
    CHECK_EQUAL(MmGetMdlByteCount(Part), SIZE - PAGE_SIZE - 5);
    CHECK_EQUAL(MmGetMdlPfnArray(Part)[0], MmGetMdlPfnArray(Whole)[1]);
    Mapped = MmGetSystemAddressForMdlSafe(Part, NormalPagePriority);
    Buffer[PAGE_SIZE + 5] = 99;
    CHECK_EQUAL(Mapped[0], 99);
    MmPrepareMdlForReuse(Part);
    IoBuildPartialMdl(Whole, Part, Buffer + 1, 10);
    CHECK_EQUAL(MmGetMdlByteCount(Part), 10);
    Mapped = MmGetSystemAddressForMdlSafe(Part, NormalPagePriority);
    CHECK(Mapped != NULL);
    IoFreeMdl(Part);
    CHECK(!MmIsAddressValid(Mapped));
    MmUnlockPages(Whole);
    IoFreeMdl(Whole);
}

static VOID TestPages(VOID)
{
    const PHYSICAL_ADDRESS Zero = { .QuadPart = 0 }, All = { .QuadPart = -1 };
    const PHYSICAL_ADDRESS Low = { .QuadPart = 0xFFFFFF };
    PMDL Mdl = MmAllocatePagesForMdlEx(Zero, All, Zero, 5 * PAGE_SIZE, MmCached, 0);
    PUCHAR Mapped = Mdl != NULL ? MmGetSystemAddressForMdlSafe(Mdl, NormalPagePriority) : NULL;

    CHECK(Mdl != NULL && Mapped != NULL && MmGetMdlByteCount(Mdl) == 5 * PAGE_SIZE);
    for (ULONG Index = 0; Index < 5 * PAGE_SIZE; Index++) {
        CHECK_EQUAL(Mapped[Index], 0);
        Mapped[Index] = 0xEE;
    }
    MmUnmapLockedPages(Mapped, Mdl);
    MmFreePagesFromMdl(Mdl);
    ExFreePool(Mdl);
    Mdl = MmAllocatePagesForMdl(Zero, Low, Zero, PAGE_SIZE);
    CHECK(Mdl == NULL || MmGetMdlPfnArray(Mdl)[0] <= 0xFFF);
    if (Mdl != NULL) {
        MmFreePagesFromMdl(Mdl);
        ExFreePool(Mdl);
    }
    CHECK(MmAllocatePagesForMdlEx(Zero, All, Zero, 0xF0000000, MmCached,
                                  MM_ALLOCATE_FULLY_REQUIRED) == NULL);
}

static VOID TestReserved(VOID)
{
    PVOID Room = MmAllocateMappingAddress(3 * PAGE_SIZE, TAG);
    PMDL Mdl = IoAllocateMdl(Buffer, SIZE, FALSE, FALSE, NULL);
    PUCHAR Mapped;

    CHECK(Room != NULL && !MmIsAddressValid(Room));
    MmBuildMdlForNonPagedPool(Mdl);
    Mapped = MmMapLockedPagesWithReservedMapping(Room, TAG, Mdl, MmCached);
    CHECK(Mapped == Room);
    Mapped[1] = 42;
    CHECK_EQUAL(Buffer[1], 42);
    MmUnmapReservedMapping(Mapped, TAG, Mdl);
    CHECK(!MmIsAddressValid(Room));
    MmFreeMappingAddress(Room, TAG);
    IoFreeMdl(Mdl);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, SIZE, TAG);
    CHECK(Buffer != NULL);
    TestSizes();
    TestBuilt();
    TestLocked();
    TestProtection();
    TestPartial();
    TestPages();
    TestReserved();
    ExFreePoolWithTag(Buffer, TAG);
    return CONTRACT_RESULT();
}

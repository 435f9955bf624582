/* SPDX-License-Identifier: MIT */
/*
 * Views of \Device\PhysicalMemory show memory at its physical address, with the offset rounded down to
 * 64 KiB; a section of a driver's own is memory that all its views share and that outlives its handle.
 */
#include <ntifs.h>
#include "contract.h"

#define TAG 'tseT'

static HANDLE OpenPhysicalMemory(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\PhysicalMemory");
    OBJECT_ATTRIBUTES Attributes;
    HANDLE Handle = NULL;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE | OBJ_KERNEL_HANDLE, NULL,
                               NULL);
    CHECK_EQUAL(ZwOpenSection(&Handle, SECTION_ALL_ACCESS, &Attributes), STATUS_SUCCESS);
    return Handle;
}

static NTSTATUS Map(HANDLE Section, ULONG64 Offset, SIZE_T *Size, PVOID *Base, ULONG64 *Begin,
                    ULONG Protect)
{
    LARGE_INTEGER At = {.QuadPart = (LONGLONG)Offset};
    NTSTATUS Status;

    *Base = NULL;
    Status = ZwMapViewOfSection(Section, ZwCurrentProcess(), Base, 0, *Size, &At, Size, ViewUnmap,
                                0, Protect);
    *Begin = (ULONG64)At.QuadPart;
    return Status;
}

static VOID CheckPhysical(HANDLE Section)
{
    PULONG Word = ExAllocatePoolWithTag(NonPagedPoolNx, 64, TAG);
    ULONG64 Physical = (ULONG64)MmGetPhysicalAddress(Word).QuadPart, Begin;
    SIZE_T Size = 64;
    PVOID Base;
    PULONG Seen;

    *Word = 0x12345678;
    CHECK_EQUAL(Map(Section, Physical, &Size, &Base, &Begin, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(Begin, Physical & ~0xFFFFull);
    CHECK(Size >= Physical - Begin + 64 && Size % PAGE_SIZE == 0);
    Seen = (PULONG)((PUCHAR)Base + (Physical - Begin));
    CHECK_EQUAL(*Seen, 0x12345678);
    *Seen = 0x9ABCDEF0;
    CHECK_EQUAL(*Word, 0x9ABCDEF0);
    CHECK_EQUAL(MmGetPhysicalAddress(Seen).QuadPart, Physical);
    CHECK(MmGetVirtualForPhysical(MmGetPhysicalAddress(Word)) == (PVOID)Word);
    CHECK_EQUAL(ZwUnmapViewOfSection(ZwCurrentProcess(), Seen), STATUS_SUCCESS);
    CHECK(!MmIsAddressValid(Seen));
    CHECK_EQUAL(ZwUnmapViewOfSection(ZwCurrentProcess(), Seen), STATUS_NOT_MAPPED_VIEW);
    ExFreePoolWithTag(Word, TAG);
}

/* The local APIC's version register, through an uncached view. */
static VOID CheckDevice(HANDLE Section)
{
    SIZE_T Size = PAGE_SIZE;
    ULONG64 Begin;
    PVOID Base;

    CHECK_EQUAL(Map(Section, 0xFEE00000, &Size, &Base, &Begin, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_EQUAL(Begin, 0xFEE00000);
    CHECK_EQUAL(MmGetPhysicalAddress(Base).QuadPart, 0xFEE00000);
    CHECK_EQUAL(ZwUnmapViewOfSection(ZwCurrentProcess(), Base), STATUS_SUCCESS);
}

static VOID CheckRefusals(HANDLE Section)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\NobodysMemory");
    OBJECT_ATTRIBUTES Attributes;
    LARGE_INTEGER Bytes = {.QuadPart = PAGE_SIZE};
    SIZE_T Size = PAGE_SIZE;
    HANDLE Handle = NULL;
    ULONG64 Begin;
    PVOID Base = (PVOID)0x10000;

    CHECK_EQUAL(ZwMapViewOfSection(Section, ZwCurrentProcess(), &Base, 0, 0, NULL, &Size, ViewUnmap,
                                   0, PAGE_READWRITE),
                STATUS_CONFLICTING_ADDRESSES);
    CHECK_EQUAL(Map(Section, 0, &Size, &Base, &Begin, 0x1234), STATUS_INVALID_PAGE_PROTECTION);
    CHECK_EQUAL(Map(Section, 1ull << 60, &Size, &Base, &Begin, PAGE_READWRITE),
                STATUS_INVALID_VIEW_SIZE);
    CHECK_EQUAL(Map(ZwCurrentProcess(), 0, &Size, &Base, &Begin, PAGE_READWRITE),
                STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_EQUAL(Map((HANDLE)0x7FF0, 0, &Size, &Base, &Begin, PAGE_READWRITE),
                STATUS_INVALID_HANDLE);
    InitializeObjectAttributes(&Attributes, &Name, 0, NULL, NULL);
    CHECK_EQUAL(ZwOpenSection(&Handle, SECTION_ALL_ACCESS, &Attributes),
                STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, &Bytes, PAGE_READWRITE,
                                SEC_COMMIT, Section),
                STATUS_INVALID_FILE_FOR_SECTION);
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, NULL, PAGE_READWRITE, SEC_COMMIT,
                                NULL),
                STATUS_INVALID_PARAMETER_4);
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, &Bytes, PAGE_READWRITE, 0, NULL),
                STATUS_INVALID_PARAMETER_6);
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, &Bytes, 0, SEC_COMMIT, NULL),
                STATUS_INVALID_PAGE_PROTECTION);
    Bytes.QuadPart = 1ll << 40;
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, &Bytes, PAGE_READWRITE,
                                SEC_COMMIT, NULL),
                STATUS_INSUFFICIENT_RESOURCES);
}

static VOID CheckOwn(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\BaseNamedObjects\\ContractSection");
    OBJECT_ATTRIBUTES Attributes;
    LARGE_INTEGER Bytes = {.QuadPart = 0x12345};
    HANDLE Handle = NULL, Other = NULL;
    SIZE_T Size = 0, OtherSize = 0x100;
    ULONG64 Begin;
    PVOID Base, Upper, Whole = NULL, Object = NULL;

    InitializeObjectAttributes(&Attributes, &Name, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, &Attributes, &Bytes, PAGE_READWRITE,
                                SEC_COMMIT, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(ZwCreateSection(&Other, SECTION_ALL_ACCESS, &Attributes, &Bytes, PAGE_READWRITE,
                                SEC_COMMIT, NULL),
                STATUS_OBJECT_NAME_COLLISION);
    Attributes.Attributes |= OBJ_OPENIF;
    CHECK_EQUAL(ZwCreateSection(&Other, SECTION_ALL_ACCESS, &Attributes, &Bytes, PAGE_READWRITE,
                                SEC_COMMIT, NULL),
                STATUS_OBJECT_NAME_EXISTS);
    CHECK_EQUAL(Map(Handle, 0, &Size, &Base, &Begin, PAGE_READWRITE), STATUS_SUCCESS);
    CHECK_EQUAL(Size, 0x13000);
    CHECK_EQUAL(Map(Other, 0x10000, &OtherSize, &Upper, &Begin, PAGE_READONLY), STATUS_SUCCESS);
    CHECK_EQUAL(OtherSize, PAGE_SIZE);
    CHECK_EQUAL(*(PUCHAR)Upper, 0);
    ((PUCHAR)Base)[0x10000] = 0x5A;
    CHECK_EQUAL(*(PUCHAR)Upper, 0x5A);

    CHECK_EQUAL(ObReferenceObjectByHandle(Handle, 0, NULL, KernelMode, &Object, NULL),
                STATUS_SUCCESS);
    Size = 0;
    CHECK_EQUAL(MmMapViewInSystemSpace(Object, &Whole, &Size), STATUS_SUCCESS);
    CHECK_EQUAL(((PUCHAR)Whole)[0x10000], 0x5A);
    ObDereferenceObject(Object);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Other), STATUS_SUCCESS);
    CHECK_EQUAL(((PUCHAR)Whole)[0x10000], 0x5A); /* the views keep it */
    CHECK_EQUAL(MmUnmapViewInSystemSpace(Whole), STATUS_SUCCESS);
    CHECK_EQUAL(MmUnmapViewInSystemSpace(Whole), STATUS_NOT_MAPPED_VIEW);
    CHECK_EQUAL(ZwUnmapViewOfSection(ZwCurrentProcess(), Upper), STATUS_SUCCESS);
    CHECK_EQUAL(ZwUnmapViewOfSection(ZwCurrentProcess(), Base), STATUS_SUCCESS);
    CHECK_EQUAL(ZwOpenSection(&Handle, SECTION_ALL_ACCESS, &Attributes),
                STATUS_OBJECT_NAME_NOT_FOUND);
}

static VOID CheckReadOnly(VOID)
{
    LARGE_INTEGER Bytes = {.QuadPart = PAGE_SIZE};
    SIZE_T Size = 0;
    HANDLE Handle = NULL;
    ULONG64 Begin;
    PVOID Base;

    CHECK_EQUAL(ZwCreateSection(&Handle, SECTION_ALL_ACCESS, NULL, &Bytes, PAGE_READONLY,
                                SEC_COMMIT, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(Map(Handle, 0, &Size, &Base, &Begin, PAGE_READWRITE), STATUS_SECTION_PROTECTION);
    Size = 2 * PAGE_SIZE;
    CHECK_EQUAL(Map(Handle, 0, &Size, &Base, &Begin, PAGE_READONLY), STATUS_INVALID_VIEW_SIZE);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    HANDLE Physical = OpenPhysicalMemory();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckPhysical(Physical);
    CheckDevice(Physical);
    CheckRefusals(Physical);
    for (ULONG Round = 0; Round < 20; Round++) {
        CheckOwn();
    }
    CheckReadOnly();
    CHECK_EQUAL(ZwClose(Physical), STATUS_SUCCESS);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * section.c: sections, and views of them.
 *
 * There are two kinds: memory of its own, which lasts as long as the section
 * and its views, and \Device\PhysicalMemory, which every driver can open and
 * whose views show all physical addresses, devices' included.  Every view is a
 * range of system addresses, for the one process that there is has no others.
 * A view holds a reference to its section.
 *
 * => A view begins at a multiple of 64 KiB of the section; if the caller's offset is not one, the
 *    view begins before it and is longer by as much.
 * => A file's section is refused as on a file system that has none; so are copy-on-write views.
 *
 * References: "ZwCreateSection function (wdm.h)", "ZwOpenSection function (wdm.h)",
 * "ZwMapViewOfSection function (wdm.h)", "ZwUnmapViewOfSection function (wdm.h)",
 * "MmMapViewInSystemSpace function (ntddk.h)".
 */
#include "mapping.h"
#include "../ob/obp.h"
#include "../ps/psp.h"

#define MI_TAG_SECTION 0x63536D4Du /* 'MmSc' in memory */
#define MI_GRANULARITY 0x10000ull
#define MI_SEC_TYPES   (SEC_COMMIT | SEC_RESERVE)

typedef struct _MI_SECTION {
    ULONG64 Size;     /* of its own memory; as far as physical addresses go */
    PVOID Memory;     /* NULL = physical memory */
    ULONG Protection; /* the most that a view may have, HAL_PAGE_* */
} MI_SECTION;

/* MiDeleteSection: no handle and no view is left. */
static VOID MiDeleteSection(PVOID Object)
{
    MI_SECTION *Section = Object;

    if (Section->Memory != NULL) {
        MmFreeSystemMemory(Section->Memory, Section->Size);
    }
}

static const OBP_TYPE MiSectionType = {
    .Self = &MiSectionType,
    .Delete = MiDeleteSection,
    .Tag = MI_TAG_SECTION,
};

static struct {
    OBP_HEADER Header;
    MI_SECTION Section;
} MiPhysicalMemory = {
    .Header = {.Type = &MiSectionType, .References = 1},
    .Section = {
        .Size = MI_PHYSICAL_LIMIT,
        .Protection = HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE,
    },
};

/* MmInitializeSections: give physical memory its name. */
VOID MmInitializeSections(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\PhysicalMemory");
    NTSTATUS Status = ObpInsertName(&MiPhysicalMemory.Section, &Name);

    if (!NT_SUCCESS(Status)) {
        KeBugCheckEx(MEMORY1_INITIALIZATION_FAILED, (ULONG_PTR)Status, 0, 0, 0);
    }
}

/* MiCreateSection: a section with memory of its own. */
static NTSTATUS MiCreateSection(ULONG64 Size, ULONG Protection, MI_SECTION **Created)
{
    MI_SECTION *Section = ObpCreateObject(&MiSectionType, sizeof(*Section));

    if (Section == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Section->Size = (Size + PAGE_SIZE - 1) & ~(ULONG64)(PAGE_SIZE - 1);
    Section->Protection = Protection;
    Section->Memory = MmAllocateSystemMemory(Section->Size);
    if (Section->Memory == NULL) {
        ObfDereferenceObject(Section);
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Created = Section;
    return STATUS_SUCCESS;
}

/* MiNameSection: enter a new section under its name, or find the one that has it (OBJ_OPENIF). */
static NTSTATUS MiNameSection(MI_SECTION **Section, POBJECT_ATTRIBUTES Attributes)
{
    NTSTATUS Status;
    MI_SECTION *Found;

    if (Attributes == NULL || Attributes->ObjectName == NULL ||
        Attributes->ObjectName->Length == 0) {
        return STATUS_SUCCESS;
    }
    if (Attributes->RootDirectory != NULL) {
        return STATUS_INVALID_HANDLE; /* there are no handles of directories */
    }
    Status = ObpInsertName(*Section, Attributes->ObjectName);
    if (Status == STATUS_OBJECT_NAME_COLLISION && (Attributes->Attributes & OBJ_OPENIF) != 0) {
        Found = ObpFindName(&MiSectionType, Attributes->ObjectName);
        if (Found == NULL) {
            return STATUS_OBJECT_TYPE_MISMATCH;
        }
        ObfDereferenceObject(*Section);
        *Section = Found;
        return STATUS_OBJECT_NAME_EXISTS;
    }
    return Status;
}

/*
 * ZwCreateSection: make a section of zeroed memory.
 * => STATUS_INVALID_FILE_FOR_SECTION with a file; STATUS_INVALID_PARAMETER_4 without a size,
 *    STATUS_INVALID_PARAMETER_6 without SEC_COMMIT or SEC_RESERVE, STATUS_INVALID_PAGE_PROTECTION,
 *    STATUS_INSUFFICIENT_RESOURCES; STATUS_OBJECT_NAME_EXISTS with OBJ_OPENIF
 * => what is reserved is committed at once.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI ZwCreateSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                               POBJECT_ATTRIBUTES ObjectAttributes, PLARGE_INTEGER MaximumSize,
                               ULONG SectionPageProtection, ULONG AllocationAttributes,
                               HANDLE FileHandle)
{
    ULONG Protection;
    MI_SECTION *Section;
    NTSTATUS Status, Named;

    UNREFERENCED_PARAMETER(DesiredAccess);
    if (FileHandle != NULL) {
        return STATUS_INVALID_FILE_FOR_SECTION;
    }
    if (MaximumSize == NULL || MaximumSize->QuadPart <= 0) {
        return STATUS_INVALID_PARAMETER_4;
    }
    if (!MiProtectionOf(SectionPageProtection, &Protection) || Protection == 0) {
        return STATUS_INVALID_PAGE_PROTECTION;
    }
    if ((AllocationAttributes & MI_SEC_TYPES) == 0) {
        return STATUS_INVALID_PARAMETER_6;
    }
    Status = MiCreateSection((ULONG64)MaximumSize->QuadPart, Protection, &Section);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Named = MiNameSection(&Section, ObjectAttributes);
    Status = Named;
    if (NT_SUCCESS(Named)) {
        Status = ObpCreateHandle(
            Section, ObjectAttributes == NULL ? 0 : ObjectAttributes->Attributes, SectionHandle);
    }
    ObfDereferenceObject(Section);
    return NT_SUCCESS(Status) ? Named : Status;
}

/*
 * ZwOpenSection: open a section by its name.
 * => STATUS_OBJECT_NAME_NOT_FOUND.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI ZwOpenSection(PHANDLE SectionHandle, ACCESS_MASK DesiredAccess,
                             POBJECT_ATTRIBUTES ObjectAttributes)
{
    MI_SECTION *Section;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DesiredAccess);
    if (ObjectAttributes == NULL || ObjectAttributes->ObjectName == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (ObjectAttributes->RootDirectory != NULL) {
        return STATUS_INVALID_HANDLE;
    }
    Section = ObpFindName(&MiSectionType, ObjectAttributes->ObjectName);
    if (Section == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    Status = ObpCreateHandle(Section, ObjectAttributes->Attributes, SectionHandle);
    ObfDereferenceObject(Section);
    return Status;
}

/* MiMapSectionPages: map a part of a section at the addresses of a view.  => FALSE: nothing is. */
static BOOLEAN MiMapSectionPages(const MI_SECTION *Section, MI_MAPPING *View, ULONG64 Offset,
                                 ULONG Protection)
{
    if (Section->Memory == NULL) {
        if (!MiIsMemory(Offset, View->Pages << PAGE_SHIFT)) {
            Protection |= HAL_PAGE_UNCACHED; /* a device's, at least in part */
        }
        return NT_SUCCESS(
            HalMapPages(View->Address, Offset, View->Pages, Protection | HAL_PAGE_ALIAS));
    }
    for (SIZE_T Index = 0; Index < View->Pages; Index++) {
        SIZE_T At = Index << PAGE_SHIFT;
        ULONG64 Physical;

        if (!HalQueryPage((PUCHAR)Section->Memory + Offset + At, &Physical, NULL) ||
            !NT_SUCCESS(HalMapPages((PUCHAR)View->Address + At, Physical, 1,
                                    Protection | HAL_PAGE_ALIAS))) {
            MiUnmapFrames(View->Address, Index);
            return FALSE;
        }
    }
    return TRUE;
}

/* MiMapView: a view of Bytes bytes, whole pages, of a section.  => with a reference of its own */
static NTSTATUS MiMapView(MI_SECTION *Section, ULONG64 Offset, ULONG64 Bytes, ULONG Protection,
                          PVOID *Address)
{
    MI_MAPPING *View = MiReserveMapping(MiMappingView, Bytes >> PAGE_SHIFT);

    if (View == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (!MiMapSectionPages(Section, View, Offset, Protection)) {
        MiDropMapping(View);
        return STATUS_NO_MEMORY;
    }
    ObfReferenceObject(Section);
    View->Owner = Section;
    *Address = View->Address;
    MiEnterMapping(View);
    return STATUS_SUCCESS;
}

/* MiChooseView: from what a caller wants of a section to whole pages of it. */
static NTSTATUS MiChooseView(const MI_SECTION *Section, ULONG64 *Offset, ULONG64 *Bytes)
{
    ULONG64 End, Limit = Section->Memory != NULL ? Section->Size : MI_PHYSICAL_LIMIT;

    if (*Offset >= Limit || *Bytes > Limit - *Offset) {
        return STATUS_INVALID_VIEW_SIZE;
    }
    End = *Offset + *Bytes;
    if (*Bytes == 0) { /* up to the end */
        End = Section->Memory != NULL ? Section->Size : MiEndOfMemory();
    }
    *Offset &= ~(MI_GRANULARITY - 1);
    if (End <= *Offset) {
        return STATUS_INVALID_VIEW_SIZE;
    }
    *Bytes = (End - *Offset + PAGE_SIZE - 1) & ~(ULONG64)(PAGE_SIZE - 1);
    return STATUS_SUCCESS;
}

/* MiMapViewFor: ZwMapViewOfSection, with the section found. */
static NTSTATUS MiMapViewFor(MI_SECTION *Section, PVOID *BaseAddress, PLARGE_INTEGER SectionOffset,
                             PSIZE_T ViewSize, ULONG Win32Protect)
{
    ULONG64 Offset = SectionOffset == NULL ? 0 : (ULONG64)SectionOffset->QuadPart;
    ULONG64 Bytes = *ViewSize;
    ULONG Protection;
    NTSTATUS Status;

    if (!MiProtectionOf(Win32Protect, &Protection) || Protection == 0) {
        return STATUS_INVALID_PAGE_PROTECTION;
    }
    if ((Protection & HAL_PAGE_WRITE & ~Section->Protection) != 0) {
        return STATUS_SECTION_PROTECTION;
    }
    if (*BaseAddress != NULL) {
        return STATUS_CONFLICTING_ADDRESSES; /* no address is the caller's to choose */
    }
    Status = MiChooseView(Section, &Offset, &Bytes);
    if (NT_SUCCESS(Status)) {
        Status = MiMapView(Section, Offset, Bytes, Protection, BaseAddress);
    }
    if (NT_SUCCESS(Status)) {
        *ViewSize = Bytes;
        if (SectionOffset != NULL) {
            SectionOffset->QuadPart = (LONGLONG)Offset;
        }
    }
    return Status;
}

/*
 * ZwMapViewOfSection: map a part of a section.
 * => *ViewSize 0: up to the section's end, of physical memory up to the last byte that there is
 * => *SectionOffset and *ViewSize are then those of the view
 * => STATUS_CONFLICTING_ADDRESSES if the caller chooses an address; STATUS_INVALID_PAGE_PROTECTION,
 *    STATUS_SECTION_PROTECTION, STATUS_INVALID_VIEW_SIZE, STATUS_NO_MEMORY, STATUS_INVALID_HANDLE
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwMapViewOfSection(HANDLE SectionHandle, HANDLE ProcessHandle, PVOID *BaseAddress,
                                  ULONG_PTR ZeroBits, SIZE_T CommitSize,
                                  PLARGE_INTEGER SectionOffset, PSIZE_T ViewSize,
                                  SECTION_INHERIT InheritDisposition, ULONG AllocationType,
                                  ULONG Win32Protect)
{
    PVOID Section;
    NTSTATUS Status = PspCheckProcessHandle(ProcessHandle);

    UNREFERENCED_PARAMETER(ZeroBits);
    UNREFERENCED_PARAMETER(CommitSize);
    UNREFERENCED_PARAMETER(InheritDisposition);
    UNREFERENCED_PARAMETER(AllocationType);
    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = ObReferenceObjectByHandle(SectionHandle, 0, (POBJECT_TYPE)&MiSectionType, KernelMode,
                                       &Section, NULL);
    if (NT_SUCCESS(Status)) {
        Status = MiMapViewFor(Section, BaseAddress, SectionOffset, ViewSize, Win32Protect);
        ObfDereferenceObject(Section);
    }
    return Status;
}

/* MiUnmapView: => FALSE: there is no view at that address. */
static BOOLEAN MiUnmapView(PVOID Address)
{
    MI_MAPPING *View = MiTakeMapping(MiMappingView, Address);

    if (View == NULL) {
        return FALSE;
    }
    MiUnmapFrames(View->Address, View->Pages);
    ObfDereferenceObject(View->Owner);
    MiDropMapping(View);
    return TRUE;
}

/*
 * ZwUnmapViewOfSection: undo that; BaseAddress is any address in the view.
 * => STATUS_NOT_MAPPED_VIEW, STATUS_INVALID_HANDLE.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI ZwUnmapViewOfSection(HANDLE ProcessHandle, PVOID BaseAddress)
{
    NTSTATUS Status = PspCheckProcessHandle(ProcessHandle);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    return MiUnmapView(BaseAddress) ? STATUS_SUCCESS : STATUS_NOT_MAPPED_VIEW;
}

/*
 * MmMapViewInSystemSpace: map a section, which ObReferenceObjectByHandle has found, from its begin.
 * => *ViewSize 0: all of it.  STATUS_INVALID_VIEW_SIZE, STATUS_NO_MEMORY.  PASSIVE_LEVEL.
 */
NTSTATUS NTAPI MmMapViewInSystemSpace(PVOID Section, PVOID *MappedBase, PSIZE_T ViewSize)
{
    *MappedBase = NULL;
    return MiMapViewFor(Section, MappedBase, NULL, ViewSize,
                        (((MI_SECTION *)Section)->Protection & HAL_PAGE_WRITE) != 0
                            ? PAGE_READWRITE
                            : PAGE_READONLY);
}

/* MmUnmapViewInSystemSpace: => STATUS_NOT_MAPPED_VIEW.  PASSIVE_LEVEL. */
NTSTATUS NTAPI MmUnmapViewInSystemSpace(PVOID MappedBase)
{
    return MiUnmapView(MappedBase) ? STATUS_SUCCESS : STATUS_NOT_MAPPED_VIEW;
}

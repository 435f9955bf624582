/* SPDX-License-Identifier: MIT */
/*
 * name.c: the names of objects.
 *
 * A flat table of full paths; case does not count.  The directories are those
 * in which drivers create names, and cannot be added to.  "\DosDevices",
 * "\GLOBAL??" and their subdirectory "Global" are other names for "\??".
 *
 * Reference: "Object Directories", "Introduction to MS-DOS Device Names".
 */
#include "obp.h"
#include "../ex/exp.h"

#define OBP_TAG_NAME 0x6D4E624Fu /* 'ObNm' in memory */
#define OBP_DOS      L"\\??"

static LIST_ENTRY ObpNames = { &ObpNames, &ObpNames };
static ULONG64 ObpNameLock;

static const PCWSTR ObpDirectories[] = {
    L"",
    L"\\Device",
    OBP_DOS,
    L"\\Driver",
    L"\\FileSystem",
    L"\\Callback",
    L"\\BaseNamedObjects",
    L"\\KernelObjects",
};

static const PCWSTR ObpDosNames[] = {
    L"\\DosDevices\\Global",
    L"\\DosDevices",
    L"\\GLOBAL??",
    L"\\??\\Global",
};

/* ObpIsPrefix: does Name begin with the directory Prefix and a backslash? */
static BOOLEAN ObpIsPrefix(PCWSTR Prefix, PCUNICODE_STRING Name)
{
    UNICODE_STRING Wanted, Found = *Name;

    RtlInitUnicodeString(&Wanted, Prefix);
    if (Name->Length <= Wanted.Length || Name->Buffer[Wanted.Length / sizeof(WCHAR)] != L'\\') {
        return FALSE;
    }
    Found.Length = Wanted.Length;
    return RtlEqualUnicodeString(&Wanted, &Found, TRUE);
}

/* ObpRest: what is left of a name behind its directory, with the backslash. */
static UNICODE_STRING ObpRest(PCUNICODE_STRING Name, PCWSTR Directory)
{
    UNICODE_STRING Rest, Prefix;

    RtlInitUnicodeString(&Prefix, Directory);
    Rest.Buffer = Name->Buffer + Prefix.Length / sizeof(WCHAR);
    Rest.Length = Name->Length - Prefix.Length;
    Rest.MaximumLength = Rest.Length;
    return Rest;
}

/*
 * ObpSplitName: find the directory that a name lies in, under the name that the table uses.
 * => *Rest: the name there, with its backslash
 */
static NTSTATUS ObpSplitName(PCUNICODE_STRING Name, PCWSTR *Directory, PUNICODE_STRING Rest)
{
    if (Name->Length < sizeof(WCHAR) || Name->Buffer[Name->Length / sizeof(WCHAR) - 1] == L'\\') {
        return STATUS_OBJECT_NAME_INVALID;
    }
    if (Name->Buffer[0] != L'\\') {
        return STATUS_OBJECT_PATH_SYNTAX_BAD;
    }
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(ObpDosNames); Index++) {
        if (ObpIsPrefix(ObpDosNames[Index], Name)) {
            *Directory = OBP_DOS;
            *Rest = ObpRest(Name, ObpDosNames[Index]);
            return STATUS_SUCCESS;
        }
    }
    for (ULONG Index = RTL_NUMBER_OF(ObpDirectories); Index-- != 0;) {
        if (ObpIsPrefix(ObpDirectories[Index], Name)) {
            *Directory = ObpDirectories[Index];
            *Rest = ObpRest(Name, ObpDirectories[Index]);
            return STATUS_SUCCESS;
        }
    }
    return STATUS_OBJECT_PATH_NOT_FOUND;
}

/* ObpHasDirectory: does the rest of a name still name a directory? */
static BOOLEAN ObpHasDirectory(PCUNICODE_STRING Rest)
{
    for (ULONG Index = 1; Index < Rest->Length / sizeof(WCHAR); Index++) {
        if (Rest->Buffer[Index] == L'\\') {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * ObpCanonicalName: make a copy of a name as it stands in the table.
 * => to be freed with ExFreePool
 */
static NTSTATUS ObpCanonicalName(PCUNICODE_STRING Name, PUNICODE_STRING Canonical)
{
    UNICODE_STRING Rest, Prefix;
    PCWSTR Directory;
    NTSTATUS Status = ObpSplitName(Name, &Directory, &Rest);
    SIZE_T Length;

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    if (ObpHasDirectory(&Rest)) {
        return STATUS_OBJECT_PATH_NOT_FOUND;
    }
    RtlInitUnicodeString(&Prefix, Directory);
    Length = (SIZE_T)Prefix.Length + Rest.Length;
    if (Length > MAXUSHORT) {
        return STATUS_OBJECT_NAME_INVALID;
    }
    Canonical->Buffer = ExAllocatePoolUninitialized(NonPagedPoolNx, Length, OBP_TAG_NAME);
    if (Canonical->Buffer == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    memcpy(Canonical->Buffer, Prefix.Buffer, Prefix.Length);
    memcpy((PUCHAR)Canonical->Buffer + Prefix.Length, Rest.Buffer, Rest.Length);
    Canonical->Length = (USHORT)Length;
    Canonical->MaximumLength = (USHORT)Length;
    return STATUS_SUCCESS;
}

/* ObpFindHeader: find a canonical name; the caller holds the lock. */
static OBP_HEADER *ObpFindHeader(PCUNICODE_STRING Canonical)
{
    for (PLIST_ENTRY Link = ObpNames.Flink; Link != &ObpNames; Link = Link->Flink) {
        OBP_HEADER *Header = CONTAINING_RECORD(Link, OBP_HEADER, NameLink);

        if (RtlEqualUnicodeString(&Header->Name, Canonical, TRUE)) {
            return Header;
        }
    }
    return NULL;
}

NTSTATUS ObpInsertName(PVOID Object, PCUNICODE_STRING Name)
{
    OBP_HEADER *Header = ObpHeaderOf(Object);
    UNICODE_STRING Canonical;
    NTSTATUS Status = ObpCanonicalName(Name, &Canonical);
    BOOLEAN Enabled;

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Enabled = KiLockWord(&ObpNameLock);
    if (ObpFindHeader(&Canonical) != NULL) {
        Status = STATUS_OBJECT_NAME_COLLISION;
    } else {
        Header->Name = Canonical;
        InsertTailList(&ObpNames, &Header->NameLink);
    }
    KiUnlockWord(&ObpNameLock, Enabled);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Canonical.Buffer);
    }
    return Status;
}

/*
 * ObpRemoveName: take an object's name away, if it has one.
 * => IRQL <= DISPATCH_LEVEL
 */
VOID ObpRemoveName(PVOID Object)
{
    OBP_HEADER *Header = ObpHeaderOf(Object);
    BOOLEAN Enabled = KiLockWord(&ObpNameLock);
    PVOID Buffer = Header->Name.Buffer;

    if (Buffer != NULL) {
        RemoveEntryList(&Header->NameLink);
        memset(&Header->Name, 0, sizeof(Header->Name));
    }
    KiUnlockWord(&ObpNameLock, Enabled);
    if (Buffer != NULL) {
        ExFreePool(Buffer);
    }
}

/* ObpTakeReference: => FALSE: the object is being deleted, and its name about to go.  The lock is held. */
static BOOLEAN ObpTakeReference(OBP_HEADER *Header)
{
    LONG64 References = KiLoadRelaxed(&Header->References);

    while (References != 0) {
        if (KiCompareExchange(&Header->References, &References, References + 1)) {
            return TRUE; /* partner: ObfDereferenceObject */
        }
    }
    return FALSE;
}

PVOID ObpFindAnyName(PCUNICODE_STRING Name, const OBP_TYPE **Type)
{
    UNICODE_STRING Canonical;
    OBP_HEADER *Header;
    BOOLEAN Enabled;

    if (!NT_SUCCESS(ObpCanonicalName(Name, &Canonical))) {
        return NULL;
    }
    Enabled = KiLockWord(&ObpNameLock);
    Header = ObpFindHeader(&Canonical);
    if (Header != NULL && !ObpTakeReference(Header)) {
        Header = NULL;
    }
    if (Header != NULL) {
        *Type = Header->Type;
    }
    KiUnlockWord(&ObpNameLock, Enabled);
    ExFreePool(Canonical.Buffer);
    return Header == NULL ? NULL : Header + 1;
}

NTSTATUS ObpWhyNotFound(PCUNICODE_STRING Name)
{
    UNICODE_STRING Rest;
    PCWSTR Directory;
    NTSTATUS Status = ObpSplitName(Name, &Directory, &Rest);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    return ObpHasDirectory(&Rest) ? STATUS_OBJECT_PATH_NOT_FOUND : STATUS_OBJECT_NAME_NOT_FOUND;
}

PVOID ObpFindObject(const OBP_TYPE *Type, OBP_ACCEPT *Accept, const VOID *Context)
{
    BOOLEAN Enabled = KiLockWord(&ObpNameLock);
    PVOID Object = NULL;

    for (PLIST_ENTRY Link = ObpNames.Flink; Link != &ObpNames && Object == NULL;
         Link = Link->Flink) {
        OBP_HEADER *Header = CONTAINING_RECORD(Link, OBP_HEADER, NameLink);

        if (Header->Type == Type && Accept(Header + 1, Context) && ObpTakeReference(Header)) {
            Object = Header + 1;
        }
    }
    KiUnlockWord(&ObpNameLock, Enabled);
    return Object;
}

PVOID ObpFindName(const OBP_TYPE *Type, PCUNICODE_STRING Name)
{
    const OBP_TYPE *Found;
    PVOID Object = ObpFindAnyName(Name, &Found);

    if (Object != NULL && Found != Type) {
        ObfDereferenceObject(Object);
        return NULL;
    }
    return Object;
}

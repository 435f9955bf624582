/* SPDX-License-Identifier: MIT */
/*
 * service_key.c: as much of a registry as a driver needs that reads its own service key.
 *
 * There is a key for each loaded driver, where its RegistryPath says, under
 * ControlSet001 and CurrentControlSet, with the four values that every service
 * of a driver has.  No other key exists, and nothing can be written.
 *
 * References: "ZwOpenKey function (wdm.h)", "ZwQueryValueKey function (wdm.h)",
 * "HKLM\SYSTEM\CurrentControlSet\Services Registry Tree".
 */
#include "../io/iop.h"

#define CMP_TAG_KEY 0x79654B43u /* 'CKey' in memory */
#define CMP_SERVICES L"\\Services\\"
#define CMP_IMAGES   L"\\SystemRoot\\System32\\drivers\\"

/* A key object: the values do not change, so they are made when it is opened. */
typedef struct _CMP_KEY {
    ULONG PathBytes; /* with the terminator */
    WCHAR ImagePath[280];
} CMP_KEY;

static const OBP_TYPE CmpKeyType = {
    .Self = &CmpKeyType,
    .Tag = CMP_TAG_KEY,
};

static const PCWSTR CmpControlSets[] = {
    L"\\REGISTRY\\MACHINE\\SYSTEM\\ControlSet001" CMP_SERVICES,
    L"\\REGISTRY\\MACHINE\\SYSTEM\\CurrentControlSet" CMP_SERVICES,
};

UNICODE_STRING CmpServiceOf(PCUNICODE_STRING Path)
{
    UNICODE_STRING Prefix, Name = {0};

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(CmpControlSets); Index++) {
        RtlInitUnicodeString(&Prefix, CmpControlSets[Index]);
        if (RtlPrefixUnicodeString(&Prefix, Path, TRUE)) {
            Name.Buffer = Path->Buffer + Prefix.Length / sizeof(WCHAR);
            Name.Length = Name.MaximumLength = Path->Length - Prefix.Length;
        }
    }
    if (Name.Length != 0 && Name.Buffer[Name.Length / sizeof(WCHAR) - 1] == L'\\') {
        Name.Length -= sizeof(WCHAR);
    }
    return Name;
}

/* CmpCreateKey: the key of the driver with that file.  => NULL: memory is short */
static CMP_KEY *CmpCreateKey(PCUNICODE_STRING File)
{
    CMP_KEY *Key = ObpCreateObject(&CmpKeyType, sizeof(*Key));
    UNICODE_STRING Path;

    if (Key == NULL) {
        return NULL;
    }
    Path.Buffer = Key->ImagePath;
    Path.Length = 0;
    Path.MaximumLength = sizeof(Key->ImagePath) - sizeof(WCHAR);
    RtlAppendUnicodeToString(&Path, CMP_IMAGES); /* both fit: a file's name has 255 characters */
    RtlAppendUnicodeStringToString(&Path, File);
    Key->PathBytes = Path.Length + sizeof(WCHAR);
    return Key;
}

/*
 * ZwOpenKey: open the service key of a driver of the run, loaded or not.
 * => STATUS_OBJECT_NAME_NOT_FOUND for every other one; STATUS_INVALID_HANDLE with a root directory,
 *    since this key has no subkeys
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwOpenKey(PHANDLE KeyHandle, ACCESS_MASK DesiredAccess,
                         POBJECT_ATTRIBUTES ObjectAttributes)
{
    WCHAR Buffer[IOP_FILE_NAME];
    UNICODE_STRING File = {.MaximumLength = sizeof(Buffer), .Buffer = Buffer}, Service;
    CMP_KEY *Key;
    NTSTATUS Status;

    UNREFERENCED_PARAMETER(DesiredAccess);
    if (ObjectAttributes == NULL || ObjectAttributes->ObjectName == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    if (ObjectAttributes->RootDirectory != NULL) {
        return STATUS_INVALID_HANDLE;
    }
    Service = CmpServiceOf(ObjectAttributes->ObjectName);
    if (Service.Length == 0 || IopFindService(&Service, &File) == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    Key = CmpCreateKey(&File);
    if (Key == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = ObpCreateHandle(Key, ObjectAttributes->Attributes, KeyHandle);
    ObfDereferenceObject(Key);
    return Status;
}

/* A value: its name, type and data. */
typedef struct _CMP_VALUE {
    PCWSTR Name;
    ULONG Type;
    ULONG Number; /* REG_DWORD */
} CMP_VALUE;

static const CMP_VALUE CmpValues[] = {
    {L"Type", REG_DWORD, 1},         /* SERVICE_KERNEL_DRIVER */
    {L"Start", REG_DWORD, 3},        /* SERVICE_DEMAND_START */
    {L"ErrorControl", REG_DWORD, 1}, /* SERVICE_ERROR_NORMAL */
    {L"ImagePath", REG_EXPAND_SZ, 0},
};

/* CmpFindValue: => NULL: there is none of that name */
static const CMP_VALUE *CmpFindValue(PCUNICODE_STRING Name)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(CmpValues); Index++) {
        UNICODE_STRING Wanted;

        RtlInitUnicodeString(&Wanted, CmpValues[Index].Name);
        if (RtlEqualUnicodeString(&Wanted, Name, TRUE)) {
            return &CmpValues[Index];
        }
    }
    return NULL;
}

/* What ZwQueryValueKey makes of a value: a structure of one of three kinds. */
typedef struct _CMP_ANSWER {
    ULONG Fixed;      /* bytes without which nothing is returned */
    ULONG NameOffset; /* 0 = without the name */
    ULONG DataOffset; /* 0 = without the data */
    ULONG Size;
} CMP_ANSWER;

/* CmpChooseAnswer: => FALSE: there is no such kind */
static BOOLEAN CmpChooseAnswer(KEY_VALUE_INFORMATION_CLASS Class, ULONG NameBytes, ULONG DataBytes,
                               CMP_ANSWER *Answer)
{
    memset(Answer, 0, sizeof(*Answer));
    switch (Class) {
    case KeyValueBasicInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_BASIC_INFORMATION, Name);
        Answer->NameOffset = Answer->Fixed;
        Answer->Size = Answer->Fixed + NameBytes;
        return TRUE;
    case KeyValueFullInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_FULL_INFORMATION, Name);
        Answer->NameOffset = Answer->Fixed;
        Answer->DataOffset = (Answer->Fixed + NameBytes + 7) & ~7u;
        Answer->Size = Answer->DataOffset + DataBytes;
        return TRUE;
    case KeyValuePartialInformation:
        Answer->Fixed = FIELD_OFFSET(KEY_VALUE_PARTIAL_INFORMATION, Data);
        Answer->DataOffset = Answer->Fixed;
        Answer->Size = Answer->Fixed + DataBytes;
        return TRUE;
    default:
        return FALSE;
    }
}

/* CmpPut: copy a part of an answer to its place, as far as there is room. */
static VOID CmpPut(PVOID Buffer, ULONG Length, ULONG Offset, const VOID *Part, ULONG Bytes)
{
    if (Offset < Length) {
        memcpy((PUCHAR)Buffer + Offset, Part, Bytes < Length - Offset ? Bytes : Length - Offset);
    }
}

/* CmpFillAnswer: write an answer whose fixed part fits. */
static VOID CmpFillAnswer(const CMP_VALUE *Value, const CMP_ANSWER *Answer, const VOID *Data,
                          ULONG DataBytes, PVOID Buffer, ULONG Length)
{
    ULONG NameBytes = (ULONG)(wcslen(Value->Name) * sizeof(WCHAR));
    KEY_VALUE_FULL_INFORMATION *Full = Buffer;

    Full->TitleIndex = 0; /* these two fields begin all three kinds */
    Full->Type = Value->Type;
    if (Answer->NameOffset == 0) {
        ((KEY_VALUE_PARTIAL_INFORMATION *)Buffer)->DataLength = DataBytes;
    } else if (Answer->DataOffset == 0) {
        ((KEY_VALUE_BASIC_INFORMATION *)Buffer)->NameLength = NameBytes;
    } else {
        Full->DataOffset = Answer->DataOffset;
        Full->DataLength = DataBytes;
        Full->NameLength = NameBytes;
    }
    if (Answer->NameOffset != 0) {
        CmpPut(Buffer, Length, Answer->NameOffset, Value->Name, NameBytes);
    }
    if (Answer->DataOffset != 0) {
        CmpPut(Buffer, Length, Answer->DataOffset, Data, DataBytes);
    }
}

/* CmpQueryValue: ZwQueryValueKey, with the key found. */
static NTSTATUS CmpQueryValue(const CMP_KEY *Key, PCUNICODE_STRING Name,
                              KEY_VALUE_INFORMATION_CLASS Class, PVOID Buffer, ULONG Length,
                              PULONG ResultLength)
{
    const CMP_VALUE *Value = CmpFindValue(Name);
    const VOID *Data;
    ULONG DataBytes;
    CMP_ANSWER Answer;

    if (Value == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    Data = Value->Type == REG_DWORD ? (const VOID *)&Value->Number : Key->ImagePath;
    DataBytes = Value->Type == REG_DWORD ? sizeof(Value->Number) : Key->PathBytes;
    if (!CmpChooseAnswer(Class, (ULONG)(wcslen(Value->Name) * sizeof(WCHAR)), DataBytes, &Answer)) {
        return STATUS_INVALID_PARAMETER;
    }
    *ResultLength = Answer.Size;
    if (Length < Answer.Fixed) {
        return STATUS_BUFFER_TOO_SMALL;
    }
    CmpFillAnswer(Value, &Answer, Data, DataBytes, Buffer, Length);
    return Length < Answer.Size ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/*
 * ZwQueryValueKey: read a value of a key.
 * => STATUS_OBJECT_NAME_NOT_FOUND, STATUS_INVALID_PARAMETER, STATUS_BUFFER_TOO_SMALL if not even the
 *    fixed part fits, STATUS_BUFFER_OVERFLOW if not all fits, STATUS_INVALID_HANDLE,
 *    STATUS_OBJECT_TYPE_MISMATCH
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwQueryValueKey(HANDLE KeyHandle, PUNICODE_STRING ValueName,
                               KEY_VALUE_INFORMATION_CLASS KeyValueInformationClass,
                               PVOID KeyValueInformation, ULONG Length, PULONG ResultLength)
{
    PVOID Key;
    NTSTATUS Status = ObReferenceObjectByHandle(KeyHandle, 0, (POBJECT_TYPE)(ULONG_PTR)&CmpKeyType,
                                                KernelMode, &Key, NULL);

    if (NT_SUCCESS(Status)) {
        Status = CmpQueryValue(Key, ValueName, KeyValueInformationClass, KeyValueInformation, Length,
                               ResultLength);
        ObfDereferenceObject(Key);
    }
    return Status;
}

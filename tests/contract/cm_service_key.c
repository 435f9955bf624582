/* SPDX-License-Identifier: MIT */
/*
 * A driver finds its own service key where RegistryPath says, with its image path, start and type;
 * every other key and value is STATUS_OBJECT_NAME_NOT_FOUND.
 */
#include "contract.h"

static UCHAR Buffer[512];

static NTSTATUS Open(PUNICODE_STRING Path, PHANDLE Key)
{
    OBJECT_ATTRIBUTES Attributes;

    InitializeObjectAttributes(&Attributes, Path, OBJ_KERNEL_HANDLE | OBJ_CASE_INSENSITIVE, NULL,
                               NULL);
    return ZwOpenKey(Key, KEY_READ, &Attributes);
}

static NTSTATUS Query(HANDLE Key, PCWSTR Text, KEY_VALUE_INFORMATION_CLASS Class, ULONG Length,
                      PULONG Needed)
{
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, Text);
    *Needed = 0;
    return ZwQueryValueKey(Key, &Name, Class, Buffer, Length, Needed);
}

static VOID CheckValues(HANDLE Key)
{
    PKEY_VALUE_PARTIAL_INFORMATION Partial = (PVOID)Buffer;
    PKEY_VALUE_FULL_INFORMATION Full = (PVOID)Buffer;
    PKEY_VALUE_BASIC_INFORMATION Basic = (PVOID)Buffer;
    static const WCHAR Path[] = L"\\SystemRoot\\System32\\drivers\\cm_service_key.sys";
    ULONG Needed;

    CHECK_EQUAL(Query(Key, L"Start", KeyValuePartialInformation, 512, &Needed), STATUS_SUCCESS);
    CHECK_EQUAL(Needed, 16);
    CHECK_EQUAL(Partial->Type, REG_DWORD);
    CHECK_EQUAL(Partial->DataLength, 4);
    CHECK_EQUAL(*(PULONG)Partial->Data, 3);
    CHECK_EQUAL(Query(Key, L"imagepath", KeyValueFullInformation, 512, &Needed), STATUS_SUCCESS);
    CHECK_EQUAL(Full->Type, REG_EXPAND_SZ);
    CHECK_EQUAL(Full->DataLength, sizeof(Path));
    CHECK_EQUAL(RtlCompareMemory(Buffer + Full->DataOffset, Path, sizeof(Path)), sizeof(Path));
    CHECK_EQUAL(Full->NameLength, 18);
    CHECK_EQUAL(RtlCompareMemory(Full->Name, L"ImagePath", 18), 18);
    CHECK_EQUAL(Query(Key, L"Type", KeyValueBasicInformation, 512, &Needed), STATUS_SUCCESS);
    CHECK_EQUAL(Basic->NameLength, 8);
    CHECK_EQUAL(Query(Key, L"ErrorControl", KeyValuePartialInformation, 12, &Needed),
                STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(Needed, 16);
    CHECK_EQUAL(Query(Key, L"ErrorControl", KeyValuePartialInformation, 11, &Needed),
                STATUS_BUFFER_TOO_SMALL);
    CHECK_EQUAL(Query(Key, L"Nothing", KeyValuePartialInformation, 512, &Needed),
                STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(Query(Key, L"Start", (KEY_VALUE_INFORMATION_CLASS)99, 512, &Needed),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(Query(ZwCurrentProcess(), L"Start", KeyValueBasicInformation, 512, &Needed),
                STATUS_OBJECT_TYPE_MISMATCH);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Current = RTL_CONSTANT_STRING(
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\CM_SERVICE_KEY\\");
    UNICODE_STRING Other = RTL_CONSTANT_STRING(
        L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\nobody");
    UNICODE_STRING Root = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Software");
    HANDLE Key = NULL;

    UNREFERENCED_PARAMETER(DriverObject);
    CHECK_EQUAL(Open(RegistryPath, &Key), STATUS_SUCCESS);
    CheckValues(Key);
    CHECK_EQUAL(ZwClose(Key), STATUS_SUCCESS);
    CHECK_EQUAL(Open(&Current, &Key), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Key), STATUS_SUCCESS);
    CHECK_EQUAL(Open(&Other, &Key), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(Open(&Root, &Key), STATUS_OBJECT_NAME_NOT_FOUND);
    return CONTRACT_RESULT();
}

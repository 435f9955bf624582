/* SPDX-License-Identifier: MIT */
/*
 * ZwQuerySystemInformation lists the loaded modules, ntoskrnl.exe first and this driver last, the
 * system process with its threads, and says how much room an answer needs.
 */
#include <ntifs.h>
#include "contract.h"

#define TAG 'tseT'

NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                                 PULONG ReturnLength);
NTSYSAPI NTSTATUS NTAPI NtQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                                 PULONG ReturnLength);

NTSYSAPI PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage);

typedef struct _MODULE {
    HANDLE Section;
    PVOID MappedBase, ImageBase;
    ULONG ImageSize, Flags;
    USHORT LoadOrderIndex, InitOrderIndex, LoadCount, OffsetToFileName;
    CHAR FullPathName[256];
} MODULE;

typedef struct _MODULES {
    ULONG Count;
    MODULE Modules[];
} MODULES;

/* Ask for the size, then for the answer, as drivers do. */
static PVOID Ask(ULONG Class, ULONG *Length)
{
    PVOID Buffer;

    *Length = 0;
    CHECK_EQUAL(ZwQuerySystemInformation(Class, NULL, 0, Length), STATUS_INFO_LENGTH_MISMATCH);
    CHECK(*Length != 0);
    Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, *Length, TAG);
    CHECK_EQUAL(ZwQuerySystemInformation(Class, Buffer, *Length, Length), STATUS_SUCCESS);
    return Buffer;
}

static VOID CheckModules(PDRIVER_OBJECT Driver)
{
    ULONG Length;
    MODULES *Modules = Ask(11, &Length);
    MODULE *Kernel = &Modules->Modules[0], *Last = &Modules->Modules[Modules->Count - 1];
    PVOID Base = NULL;

    CHECK_EQUAL(Modules->Count, 3);
    CHECK_EQUAL(Length, 8 + 3 * 296);
    CHECK_EQUAL(strcmp(Kernel->FullPathName + Kernel->OffsetToFileName, "ntoskrnl.exe"), 0);
    CHECK(RtlPcToFileHeader((PVOID)(ULONG_PTR)KeIpiGenericCall, &Base) == Kernel->ImageBase);
    CHECK((ULONG_PTR)KeIpiGenericCall - (ULONG_PTR)Kernel->ImageBase < Kernel->ImageSize);
    CHECK_EQUAL(strcmp(Last->FullPathName + Last->OffsetToFileName, "ex_system_information.sys"), 0);
    CHECK(Last->ImageBase == Driver->DriverStart);
    CHECK_EQUAL(Last->ImageSize, Driver->DriverSize);
    ExFreePoolWithTag(Modules, TAG);
}

static VOID CheckProcesses(VOID)
{
    ULONG Length;
    PUCHAR Process = Ask(5, &Length);
    ULONG Threads = *(PULONG)(Process + 4);
    UNICODE_STRING Name = *(PUNICODE_STRING)(Process + 0x38), Wanted = RTL_CONSTANT_STRING(L"System");
    BOOLEAN Found = FALSE;

    CHECK_EQUAL(*(PULONG)Process, 0); /* the only one */
    CHECK(RtlEqualUnicodeString(&Name, &Wanted, FALSE));
    CHECK_EQUAL(*(HANDLE *)(Process + 0x50), (HANDLE)4);
    CHECK(Length >= 256 + Threads * 80);
    for (ULONG Index = 0; Index < Threads; Index++) {
        PCLIENT_ID Id = (PCLIENT_ID)(Process + 256 + Index * 80 + 0x28);

        CHECK_EQUAL(Id->UniqueProcess, (HANDLE)4);
        Found |= Id->UniqueThread == PsGetCurrentThreadId();
    }
    CHECK(Found);
    ExFreePoolWithTag(Process, TAG);
}

static VOID CheckOthers(VOID)
{
    UCHAR Basic[64], Debugger[2];
    LARGE_INTEGER Time[6], Now;
    ULONG Length = 0;

    CHECK_EQUAL(ZwQuerySystemInformation(0, Basic, 64, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(*(PULONG)(Basic + 8), PAGE_SIZE);
    CHECK(*(PULONG)(Basic + 12) > 0x1000); /* pages */
    CHECK_EQUAL(*(PULONG_PTR)(Basic + 48), KeQueryActiveProcessors());
    CHECK_EQUAL(Basic[56], KeQueryActiveProcessorCount(NULL));
    CHECK_EQUAL(ZwQuerySystemInformation(0, Basic, 63, &Length), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQUAL(Length, 64);
    KeQuerySystemTime(&Now);
    CHECK_EQUAL(NtQuerySystemInformation(3, Time, sizeof(Time), &Length), STATUS_SUCCESS);
    CHECK_EQUAL(Length, 48);
    CHECK(Time[0].QuadPart < Time[1].QuadPart && Time[1].QuadPart >= Now.QuadPart);
    CHECK_EQUAL(ZwQuerySystemInformation(35, Debugger, 2, &Length), STATUS_SUCCESS);
    CHECK_EQUAL(Debugger[0], FALSE);
    CHECK_EQUAL(Debugger[1], TRUE);
    CHECK_EQUAL(ZwQuerySystemInformation(35, Debugger, 1, &Length), STATUS_INFO_LENGTH_MISMATCH);
    CHECK_EQUAL(ZwQuerySystemInformation(9999, Basic, 64, &Length), STATUS_INVALID_INFO_CLASS);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckModules(DriverObject);
    CheckProcesses();
    CheckOthers();
    return CONTRACT_RESULT();
}

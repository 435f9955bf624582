/* SPDX-License-Identifier: MIT */
/*
 * There is one process, System: it is found by its id and its handle, is Windows 10, is in session 0,
 * and nobody can end it; local time is UTC.
 */
#include <ntifs.h>
#include "contract.h"

NTKERNELAPI PUCHAR NTAPI PsGetProcessImageFileName(PEPROCESS Process);
NTKERNELAPI ULONG NTAPI PsGetProcessSessionId(PEPROCESS Process);
NTKERNELAPI NTSTATUS NTAPI PsAcquireProcessExitSynchronization(PEPROCESS Process);
NTKERNELAPI VOID NTAPI PsReleaseProcessExitSynchronization(PEPROCESS Process);
NTKERNELAPI PEPROCESS NTAPI PsGetCurrentThreadProcess(VOID);
NTKERNELAPI HANDLE NTAPI PsGetCurrentThreadProcessId(VOID);
NTKERNELAPI NTSTATUS NTAPI NtOpenProcess(PHANDLE ProcessHandle, ACCESS_MASK DesiredAccess,
                                         POBJECT_ATTRIBUTES ObjectAttributes, PCLIENT_ID ClientId);
NTKERNELAPI ULONG NTAPI KeCapturePersistentThreadState(PCONTEXT Context, PKTHREAD Thread,
                                                       ULONG BugCheckCode, ULONG_PTR P1,
                                                       ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4,
                                                       PVOID Buffer);

#define SYSTEM_ID ((HANDLE)4)

static VOID CheckProcess(VOID)
{
    PEPROCESS Process = PsGetCurrentProcess(), Found = NULL;
    KAPC_STATE State;

    CHECK(Process == PsInitialSystemProcess);
    CHECK(Process == PsGetCurrentThreadProcess());
    CHECK(Process == IoThreadToProcess(PsGetCurrentThread()));
    CHECK_EQUAL(PsGetProcessId(Process), SYSTEM_ID);
    CHECK_EQUAL(PsGetCurrentProcessId(), SYSTEM_ID);
    CHECK_EQUAL(PsGetCurrentThreadProcessId(), SYSTEM_ID);
    CHECK_EQUAL(PsGetThreadProcessId(PsGetCurrentThread()), SYSTEM_ID);
    CHECK_EQUAL(PsIsSystemThread(PsGetCurrentThread()), TRUE);
    CHECK_EQUAL(PsLookupProcessByProcessId(SYSTEM_ID, &Found), STATUS_SUCCESS);
    CHECK(Found == Process);
    ObDereferenceObject(Found);
    CHECK_EQUAL(PsLookupProcessByProcessId((HANDLE)8, &Found), STATUS_INVALID_CID);
    CHECK_EQUAL(strcmp((PCHAR)PsGetProcessImageFileName(Process), "System"), 0);
    CHECK_EQUAL(PsGetProcessSessionId(Process), 0);
    CHECK_EQUAL(PsAcquireProcessExitSynchronization(Process), STATUS_SUCCESS);
    PsReleaseProcessExitSynchronization(Process);
    KeStackAttachProcess((PKPROCESS)Process, &State);
    CHECK(PsGetCurrentProcess() == Process);
    KeUnstackDetachProcess(&State);
}

static VOID CheckHandles(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"System");
    CLIENT_ID Id = {SYSTEM_ID, PsGetCurrentThreadId()};
    HANDLE Handle = NULL, Other = NULL;
    PVOID Object = NULL;

    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_EQUAL(ZwOpenProcess(&Handle, PROCESS_ALL_ACCESS, &Attributes, &Id), STATUS_SUCCESS);
    CHECK((LONG_PTR)Handle < 0);
    CHECK_EQUAL(ObReferenceObjectByHandle(Handle, 0, *PsProcessType, KernelMode, &Object, NULL),
                STATUS_SUCCESS);
    CHECK(Object == (PVOID)PsInitialSystemProcess);
    ObDereferenceObject(Object);
    CHECK_EQUAL(ObReferenceObjectByHandle(Handle, 0, *PsThreadType, KernelMode, &Object, NULL),
                STATUS_OBJECT_TYPE_MISMATCH);
    CHECK_EQUAL(ObOpenObjectByPointer(PsInitialSystemProcess, 0, NULL, 0, *PsProcessType,
                                      KernelMode, &Other),
                STATUS_SUCCESS);
    CHECK(Other != Handle);
    CHECK_EQUAL(ZwTerminateProcess(Handle, STATUS_SUCCESS), STATUS_ACCESS_DENIED);
    CHECK_EQUAL(ZwTerminateProcess((HANDLE)0x7FF0, STATUS_SUCCESS), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Handle), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(NtClose(Other), STATUS_SUCCESS);

    Id.UniqueThread = NULL;
    CHECK_EQUAL(NtOpenProcess(&Handle, 0, &Attributes, &Id), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
    Id.UniqueThread = (HANDLE)0x7FFFFFF0;
    CHECK_EQUAL(ZwOpenProcess(&Handle, 0, &Attributes, &Id), STATUS_INVALID_CID);
    Id.UniqueThread = NULL;
    Id.UniqueProcess = (HANDLE)8;
    CHECK_EQUAL(ZwOpenProcess(&Handle, 0, &Attributes, &Id), STATUS_INVALID_CID);
    InitializeObjectAttributes(&Attributes, &Name, 0, NULL, NULL);
    CHECK_EQUAL(ZwOpenProcess(&Handle, 0, &Attributes, &Id), STATUS_INVALID_PARAMETER_MIX);
}

static VOID CheckVersion(VOID)
{
    ULONG Major = 0, Minor = 9, Build = 0;
    UNICODE_STRING Pack = RTL_CONSTANT_STRING(L"?");
    RTL_OSVERSIONINFOW Version = {.dwOSVersionInfoSize = sizeof(Version)};

    CHECK_EQUAL(PsGetVersion(&Major, &Minor, &Build, &Pack), FALSE);
    CHECK_EQUAL(RtlGetVersion(&Version), STATUS_SUCCESS);
    CHECK_EQUAL(Major, Version.dwMajorVersion);
    CHECK_EQUAL(Minor, Version.dwMinorVersion);
    CHECK_EQUAL(Build, Version.dwBuildNumber);
    CHECK_EQUAL(Pack.Length, 0);
    CHECK_EQUAL(Major, 10);
    CHECK_EQUAL(PsGetVersion(NULL, NULL, NULL, NULL), FALSE);
}

static VOID CheckTime(VOID)
{
    LARGE_INTEGER System, Local, Back;
    TIME_FIELDS Fields;

    KeQuerySystemTime(&System);
    ExSystemTimeToLocalTime(&System, &Local);
    ExLocalTimeToSystemTime(&Local, &Back);
    CHECK_EQUAL(Back.QuadPart, System.QuadPart);
    RtlTimeToTimeFields(&Local, &Fields);
    CHECK(Fields.Year >= 2020 && Fields.Month >= 1 && Fields.Month <= 12);
    CHECK_EQUAL(RtlTimeFieldsToTime(&Fields, &Back), TRUE);
    CHECK_EQUAL(Back.QuadPart / 10000, Local.QuadPart / 10000);
    CHECK(PsGetProcessCreateTimeQuadPart(PsInitialSystemProcess) <= System.QuadPart);
    CHECK(PsGetProcessCreateTimeQuadPart(PsInitialSystemProcess) >
          System.QuadPart - 3600ll * 10000000);
}

static VOID CheckFailures(VOID)
{
    static UCHAR Dump[4096];
    CONTEXT Context;
    UCHAR Byte = 0;

    RtlCaptureContext(&Context);
    CHECK_EQUAL(KeCapturePersistentThreadState(&Context, KeGetCurrentThread(), 0, 1, 2, 3, 4, Dump),
                0);
    CHECK(MmSecureVirtualMemory((PVOID)0x10000, 16, PAGE_READWRITE) == NULL);
    CHECK(MmSecureVirtualMemory(&Byte, 1, PAGE_READONLY) == NULL);
    MmUnsecureVirtualMemory(NULL);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckProcess();
    CheckHandles();
    CheckVersion();
    CheckTime();
    CheckFailures();
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/* A driver that was not linked with /INTEGRITYCHECK is refused where the reference pages say so. */
#include <ntifs.h>
#include "../contract.h"

static VOID NTAPI OnProcess(PEPROCESS Process, HANDLE Id, PPS_CREATE_NOTIFY_INFO Info)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(Id);
    UNREFERENCED_PARAMETER(Info);
}

static VOID NTAPI After(PVOID Context, POB_POST_OPERATION_INFORMATION Info)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Info);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    OB_OPERATION_REGISTRATION Operation = {PsThreadType, OB_OPERATION_HANDLE_CREATE, NULL, After};
    OB_CALLBACK_REGISTRATION Registration = {
        .Version = OB_FLT_REGISTRATION_VERSION,
        .OperationRegistrationCount = 1,
        .Altitude = RTL_CONSTANT_STRING(L"1"),
        .OperationRegistration = &Operation,
    };
    PVOID Handle;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx(OnProcess, FALSE), STATUS_ACCESS_DENIED);
    CHECK_EQUAL(ObRegisterCallbacks(&Registration, &Handle), STATUS_ACCESS_DENIED);
    return CONTRACT_RESULT();
}

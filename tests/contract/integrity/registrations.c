/* SPDX-License-Identifier: MIT */
/*
 * Routines registered for threads are called by the creator and at the end; those for handles before
 * and after, by altitude; those for processes are kept; all are refused twice, and gone when removed.
 */
#include <ntifs.h>
#include "../contract.h"

static volatile LONG Begun, Ended, Others;
static HANDLE Creator, NewThread, Ran;
static ULONG Order; /* of the handle callbacks, a decimal digit each */

static VOID NTAPI OnThread(HANDLE Process, HANDLE Thread, BOOLEAN Create)
{
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK_EQUAL(Process, (HANDLE)4);
    if (Create) {
        CHECK_EQUAL(PsGetCurrentThreadId(), Creator);
        CHECK(Thread != Creator);
        NewThread = Thread;
        InterlockedIncrement(&Begun);
    } else {
        CHECK_EQUAL(PsGetCurrentThreadId(), Thread);
        CHECK_EQUAL(Thread, NewThread);
        InterlockedIncrement(&Ended);
    }
}

/* Never: every thread is a system thread. */
static VOID NTAPI OnOtherThread(HANDLE Process, HANDLE Thread, BOOLEAN Create)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(Thread);
    UNREFERENCED_PARAMETER(Create);
    InterlockedIncrement(&Others);
}

static VOID NTAPI OnProcess(HANDLE Parent, HANDLE Process, BOOLEAN Create)
{
    UNREFERENCED_PARAMETER(Parent);
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(Create);
    InterlockedIncrement(&Others);
}

static VOID NTAPI OnProcessEx(PEPROCESS Process, HANDLE Id, PPS_CREATE_NOTIFY_INFO Info)
{
    UNREFERENCED_PARAMETER(Process);
    UNREFERENCED_PARAMETER(Id);
    UNREFERENCED_PARAMETER(Info);
    InterlockedIncrement(&Others);
}

static VOID NTAPI Thread(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    Ran = PsGetCurrentThreadId();
}

static VOID RunThread(VOID)
{
    HANDLE Handle;

    Creator = PsGetCurrentThreadId();
    CHECK_EQUAL(PsCreateSystemThread(&Handle, THREAD_ALL_ACCESS, NULL, NULL, NULL, Thread, NULL),
                STATUS_SUCCESS);
    CHECK_EQUAL(ZwWaitForSingleObject(Handle, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
}

static VOID CheckThreads(VOID)
{
    CHECK_EQUAL(PsSetCreateThreadNotifyRoutine(OnThread), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateThreadNotifyRoutine(OnThread), STATUS_INSUFFICIENT_RESOURCES);
    CHECK_EQUAL(PsSetCreateThreadNotifyRoutineEx(PsCreateThreadNotifyNonSystem,
                                                 (PVOID)(ULONG_PTR)OnOtherThread),
                STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateThreadNotifyRoutineEx((PSCREATETHREADNOTIFYTYPE)7,
                                                 (PVOID)(ULONG_PTR)OnOtherThread),
                STATUS_INVALID_PARAMETER);
    RunThread();
    CHECK_EQUAL(Ran, NewThread);
    RunThread();
    CHECK_EQUAL(Ran, NewThread);
    CHECK_EQUAL(Begun, 2);
    CHECK_EQUAL(Ended, 2);
    CHECK_EQUAL(PsRemoveCreateThreadNotifyRoutine(OnThread), STATUS_SUCCESS);
    CHECK_EQUAL(PsRemoveCreateThreadNotifyRoutine(OnThread), STATUS_PROCEDURE_NOT_FOUND);
    CHECK_EQUAL(PsRemoveCreateThreadNotifyRoutine(OnOtherThread), STATUS_SUCCESS);
}

static VOID CheckProcesses(VOID)
{
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutine(OnProcess, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutine(OnProcess, FALSE), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx(OnProcessEx, FALSE), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems,
                                                  (PVOID)(ULONG_PTR)OnProcessEx, FALSE),
                STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx(OnProcessEx, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems,
                                                  (PVOID)(ULONG_PTR)OnProcessEx, FALSE),
                STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutineEx2(PsCreateProcessNotifySubsystems,
                                                  (PVOID)(ULONG_PTR)OnProcessEx, TRUE),
                STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutine(OnProcess, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(PsSetCreateProcessNotifyRoutine(OnProcess, TRUE), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(Others, 0);
}

/* Context is the digit that a registration leaves in Order. */
static OB_PREOP_CALLBACK_STATUS NTAPI Before(PVOID Context, POB_PRE_OPERATION_INFORMATION Info)
{
    POB_PRE_CREATE_HANDLE_INFORMATION Create = &Info->Parameters->CreateHandleInformation;

    Order = 10 * Order + (ULONG)(ULONG_PTR)Context;
    CHECK_EQUAL(Info->Operation, OB_OPERATION_HANDLE_CREATE);
    CHECK_EQUAL(Info->KernelHandle, 1);
    CHECK(Info->Object == (PVOID)PsInitialSystemProcess);
    CHECK(Info->ObjectType == *PsProcessType);
    CHECK_EQUAL(Create->OriginalDesiredAccess, 0x101);
    Create->DesiredAccess &= ~1u;
    Info->CallContext = (PVOID)((ULONG_PTR)Context + 100);
    return OB_PREOP_SUCCESS;
}

static VOID NTAPI After(PVOID Context, POB_POST_OPERATION_INFORMATION Info)
{
    Order = 10 * Order + (ULONG)(ULONG_PTR)Context;
    CHECK_EQUAL(Info->ReturnStatus, STATUS_SUCCESS);
    CHECK_EQUAL(Info->CallContext, (PVOID)((ULONG_PTR)Context + 100));
    CHECK_EQUAL(Info->Parameters->CreateHandleInformation.GrantedAccess, 0x100);
}

static NTSTATUS Register(PCWSTR Altitude, ULONG_PTR Digit, PVOID *Handle)
{
    OB_OPERATION_REGISTRATION Operation = {PsProcessType, OB_OPERATION_HANDLE_CREATE, Before, After};
    OB_CALLBACK_REGISTRATION Registration = {
        .Version = ObGetFilterVersion(),
        .OperationRegistrationCount = 1,
        .RegistrationContext = (PVOID)Digit,
        .OperationRegistration = &Operation,
    };

    RtlInitUnicodeString(&Registration.Altitude, Altitude);
    return ObRegisterCallbacks(&Registration, Handle);
}

static VOID OpenSystem(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    CLIENT_ID Id = {(HANDLE)4, NULL};
    HANDLE Handle;

    InitializeObjectAttributes(&Attributes, NULL, OBJ_KERNEL_HANDLE, NULL, NULL);
    CHECK_EQUAL(ZwOpenProcess(&Handle, 0x101, &Attributes, &Id), STATUS_SUCCESS);
    CHECK_EQUAL(ZwClose(Handle), STATUS_SUCCESS);
}

static VOID CheckHandles(VOID)
{
    OB_OPERATION_REGISTRATION Wrong = {NULL, OB_OPERATION_HANDLE_CREATE, Before, NULL};
    OB_CALLBACK_REGISTRATION Registration = {
        .Version = OB_FLT_REGISTRATION_VERSION,
        .OperationRegistrationCount = 1,
        .Altitude = RTL_CONSTANT_STRING(L"1"),
        .OperationRegistration = &Wrong,
    };
    PVOID Handle[3], None;

    CHECK_EQUAL(Register(L"99.5", 2, &Handle[0]), STATUS_SUCCESS);
    CHECK_EQUAL(Register(L"0100", 1, &Handle[1]), STATUS_SUCCESS);
    CHECK_EQUAL(Register(L"99.45", 3, &Handle[2]), STATUS_SUCCESS);
    CHECK_EQUAL(Register(L"99.50", 4, &None), STATUS_FLT_INSTANCE_ALTITUDE_COLLISION);
    CHECK_EQUAL(ObRegisterCallbacks(&Registration, &None), STATUS_INVALID_PARAMETER);
    Wrong.ObjectType = PsThreadType;
    Wrong.PreOperation = (POB_PRE_OPERATION_CALLBACK)(ULONG_PTR)KeIpiGenericCall;
    CHECK_EQUAL(ObRegisterCallbacks(&Registration, &None), STATUS_ACCESS_DENIED);
    OpenSystem();
    CHECK_EQUAL(Order, 123321);
    RunThread(); /* a thread's handle concerns nobody */
    ObUnRegisterCallbacks(Handle[0]);
    Order = 0;
    OpenSystem();
    CHECK_EQUAL(Order, 1331);
    ObUnRegisterCallbacks(Handle[1]);
    ObUnRegisterCallbacks(Handle[2]);
    Order = 0;
    OpenSystem();
    CHECK_EQUAL(Order, 0);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckThreads();
    CheckProcesses();
    CheckHandles();
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * Callback objects have names, call whoever has registered, in order, and nobody any more once he
 * has taken his registration back, which waits for a call that runs.
 */
#include "threads.h"

static PCALLBACK_OBJECT Object;
static ULONG Order[8], Count;
static volatile LONG Running, Go, Left;
static PVOID Slow;

static VOID NTAPI Note(PVOID Context, PVOID First, PVOID Second)
{
    CHECK(First == &Order && Second == &Count);
    if (Count < RTL_NUMBER_OF(Order)) {
        Order[Count] = (ULONG)(ULONG_PTR)Context;
    }
    Count++;
}

static VOID NTAPI Wait(PVOID Context, PVOID First, PVOID Second)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(First);
    UNREFERENCED_PARAMETER(Second);
    InterlockedExchange(&Running, 1);
    while (Go == 0) {
        ContractSleep(1);
    }
    CHECK_EQUAL(Left, 0);
}

static VOID Notify(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ExNotifyCallback(Object, NULL, NULL);
}

static VOID Unregister(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ExUnregisterCallback(Slow);
    InterlockedExchange(&Left, 1);
}

/* Unregistering waits for the call that runs. */
static VOID TestWaits(VOID)
{
    CONTRACT_THREAD Notifier, Leaver;

    Slow = ExRegisterCallback(Object, Wait, NULL);
    CHECK(Slow != NULL);
    ContractStartThread(&Notifier, Notify, NULL);
    while (Running == 0) {
        ContractSleep(1);
    }
    ContractStartThread(&Leaver, Unregister, NULL);
    ContractSleep(30);
    CHECK_EQUAL(Left, 0);
    InterlockedExchange(&Go, 1);
    ContractJoinThread(&Notifier);
    ContractJoinThread(&Leaver);
    CHECK_EQUAL(Left, 1);
    Running = 0;
    ExNotifyCallback(Object, NULL, NULL);
    CHECK_EQUAL(Running, 0);
}

static VOID TestNames(POBJECT_ATTRIBUTES Attributes)
{
    PCALLBACK_OBJECT Again;

    CHECK_EQUAL(ExCreateCallback(&Again, Attributes, FALSE, TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ExCreateCallback(&Object, Attributes, TRUE, TRUE), STATUS_SUCCESS);
    CHECK_EQUAL(ExCreateCallback(&Again, Attributes, TRUE, TRUE), STATUS_OBJECT_NAME_COLLISION);
    Attributes->Attributes |= OBJ_OPENIF;
    CHECK_EQUAL(ExCreateCallback(&Again, Attributes, TRUE, TRUE), STATUS_SUCCESS);
    CHECK(Again == Object);
    ObDereferenceObject(Again);
    CHECK_EQUAL(ExCreateCallback(&Again, Attributes, FALSE, TRUE), STATUS_SUCCESS);
    CHECK(Again == Object);
    ObDereferenceObject(Again);
}

static VOID TestOnlyOne(VOID)
{
    OBJECT_ATTRIBUTES Attributes;
    PCALLBACK_OBJECT Single;
    PVOID First;

    InitializeObjectAttributes(&Attributes, NULL, 0, NULL, NULL);
    CHECK_EQUAL(ExCreateCallback(&Single, &Attributes, TRUE, FALSE), STATUS_SUCCESS);
    First = ExRegisterCallback(Single, Note, NULL);
    CHECK(First != NULL && ExRegisterCallback(Single, Note, NULL) == NULL);
    ExUnregisterCallback(First);
    First = ExRegisterCallback(Single, Note, NULL);
    CHECK(First != NULL);
    ExUnregisterCallback(First);
    ObDereferenceObject(Single);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name;
    OBJECT_ATTRIBUTES Attributes;
    PVOID Registrations[3];

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    RtlInitUnicodeString(&Name, L"\\Callback\\Contract");
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    TestNames(&Attributes);
    for (ULONG Index = 0; Index < 3; Index++) {
        Registrations[Index] = ExRegisterCallback(Object, Note, (PVOID)(ULONG_PTR)(Index + 1));
    }
    ExNotifyCallback(Object, &Order, &Count);
    ExUnregisterCallback(Registrations[1]);
    ExNotifyCallback(Object, &Order, &Count);
    CHECK_EQUAL(Count, 5);
    CHECK(Order[0] == 1 && Order[1] == 2 && Order[2] == 3 && Order[3] == 1 && Order[4] == 3);
    ExUnregisterCallback(Registrations[0]);
    ExUnregisterCallback(Registrations[2]);
    TestWaits();
    TestOnlyOne();
    ObDereferenceObject(Object);
    Attributes.Attributes = OBJ_CASE_INSENSITIVE;
    CHECK_EQUAL(ExCreateCallback(&Object, &Attributes, FALSE, TRUE), STATUS_OBJECT_NAME_NOT_FOUND);
    return CONTRACT_RESULT();
}

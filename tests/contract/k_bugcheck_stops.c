/* SPDX-License-Identifier: MIT */
/*
 * When a bug check's callbacks run, all other processors have stopped, whatever they were
 * doing: also with interrupts off and in a call's routine.
 */
#include "contract.h"

#define MAXIMUM 256

static KBUGCHECK_CALLBACK_RECORD Record;
static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG64 Turns[MAXIMUM];
static volatile LONG Spinning;

static VOID Spin(PVOID Context)
{
    ULONG Index = ContractIndex();

    UNREFERENCED_PARAMETER(Context);
    if (Index % 2 != 0) {
        _disable();
    }
    InterlockedIncrement(&Spinning);
    for (;;) {
        Turns[Index]++;
        YieldProcessor();
    }
}

static VOID NTAPI OnBugCheck(PVOID Context, ULONG Length)
{
    LONG64 Seen[MAXIMUM];
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Length);
    RtlCopyMemory(Seen, (PVOID)Turns, sizeof(Seen));
    KeStallExecutionProcessor(20000);
    for (ULONG Turn = 0; Turn < 1000; Turn++) {
        YieldProcessor();
    }
    for (ULONG Index = 1; Index < Count; Index++) {
        if (Seen[Index] != Turns[Index] || Seen[Index] == 0) {
            DbgPrint("FAILED: processor %lu runs\n", Index);
        }
    }
    DbgPrint("all others have stopped\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeCallbackRecord((&Record)); /* the macro lacks parentheses */
    CHECK(KeRegisterBugCheckCallback(&Record, OnBugCheck, NULL, 0, (PUCHAR) "test"));
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractStart(&Works[Index], Index, Spin, NULL);
    }
    ContractAwait(&Spinning, (LONG)Count - 1);
    KeBugCheckEx(MANUALLY_INITIATED_CRASH, 1, 2, 3, 4);
}

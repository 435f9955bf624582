/* SPDX-License-Identifier: MIT */
/*
 * contract.h: what the contract tests share.
 *
 * A contract test is a driver that proves one sentence.  It does its work in
 * DriverEntry and returns CONTRACT_RESULT(): STATUS_SUCCESS, or a failure
 * status after having printed each check that did not hold; what comes later
 * is judged by ContractFinish at the end of DriverUnload.  tests.tsv says at
 * how many processors it runs, with which options, and what must come out.
 */
#pragma once

#include <ntddk.h>

static volatile LONG ContractFailures;

/* Check a condition, at any IRQL on any processor; a failed one is printed with its place. */
#define CHECK(Condition)                                                                           \
    do {                                                                                           \
        if (!(Condition)) {                                                                        \
            ContractFail(__FILE__, __LINE__, #Condition);                                          \
        }                                                                                          \
    } while (0)

/* The same for two integers that must be equal; prints both. */
#define CHECK_EQUAL(Actual, Expected)                                                              \
    ContractEqual(__FILE__, __LINE__, #Actual, (ULONG64)(Actual), (ULONG64)(Expected))

#define CONTRACT_RESULT() (ContractFailures == 0 ? STATUS_SUCCESS : STATUS_UNSUCCESSFUL)

/* For what is checked after DriverEntry: DriverUnload ends with this; a failure is a bug check. */
static inline VOID ContractFinish(VOID)
{
    if (ContractFailures != 0) {
        KeBugCheckEx(MANUALLY_INITIATED_CRASH, (ULONG_PTR)ContractFailures, 0, 0, 0);
    }
    DbgPrint("done\n");
}

/* Only the first few are printed: one broken promise can fail a check a million times. */
static inline BOOLEAN ContractCount(VOID)
{
    return InterlockedIncrement(&ContractFailures) <= 20;
}

static inline VOID ContractFail(const char *File, int Line, const char *Text)
{
    if (ContractCount()) {
        DbgPrint("FAILED %s:%d: %s\n", File, Line, Text);
    }
}

static inline VOID ContractEqual(const char *File, int Line, const char *Text, ULONG64 Actual,
                                 ULONG64 Expected)
{
    if (Actual != Expected && ContractCount()) {
        DbgPrint("FAILED %s:%d: %s is 0x%I64x, not 0x%I64x\n", File, Line, Text, Actual, Expected);
    }
}

/* How many processors there are, over all groups. */
static inline ULONG ContractProcessors(VOID)
{
    return KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);
}

/* This processor's index, over all groups. */
static inline ULONG ContractIndex(VOID)
{
    return KeGetCurrentProcessorNumberEx(NULL);
}

/* Spin until *Word has the value; every turn lets the machine run somebody else. */
static inline VOID ContractAwait(volatile LONG *Word, LONG Value)
{
    while (*Word != Value) {
        YieldProcessor();
    }
}

/*
 * Work for one processor: a DPC targeted to it, and a count of those that have
 * finished.  The work may call KeIpiGenericCall.
 */
typedef struct _CONTRACT_WORK {
    KDPC Dpc;
    VOID (*Routine)(PVOID Context);
    PVOID Context;
    volatile LONG Done;
} CONTRACT_WORK;

static inline VOID ContractWorkDpc(PKDPC Dpc, PVOID Context, PVOID A1, PVOID A2)
{
    CONTRACT_WORK *Work = Context;

    UNREFERENCED_PARAMETER(Dpc);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    Work->Routine(Work->Context);
    InterlockedExchange(&Work->Done, 1);
}

/* Start Routine(Context) at DISPATCH_LEVEL on the processor with that index. */
static inline VOID ContractStart(CONTRACT_WORK *Work, ULONG Index, VOID (*Routine)(PVOID),
                                 PVOID Context)
{
    PROCESSOR_NUMBER Number;

    Work->Routine = Routine;
    Work->Context = Context;
    Work->Done = 0;
    KeInitializeDpc(&Work->Dpc, ContractWorkDpc, Work);
    KeSetImportanceDpc(&Work->Dpc, HighImportance);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
    CHECK_EQUAL(KeSetTargetProcessorDpcEx(&Work->Dpc, &Number), STATUS_SUCCESS);
    CHECK(KeInsertQueueDpc(&Work->Dpc, NULL, NULL));
}

/* Run Routine(Context) as a DPC on every processor at about the same time and wait for all. */
static inline VOID ContractRunOnAll(CONTRACT_WORK *Works, VOID (*Routine)(PVOID), PVOID Context)
{
    ULONG Count = ContractProcessors();

    for (ULONG Index = Count; Index-- > 0;) {
        ContractStart(&Works[Index], Index, Routine, Context);
    }
    for (ULONG Index = 0; Index < Count; Index++) {
        ContractAwait(&Works[Index].Done, 1);
    }
}

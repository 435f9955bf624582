/* SPDX-License-Identifier: MIT */
/*
 * C12: a thread that others move from processor to processor while it calls is bound to one for
 * the whole of each call: every processor runs the routine once, and the caller knows where it is.
 */
#include "threads.h"

#define MAXIMUM 256
#define CALLS   1500

static CONTRACT_THREAD Caller, Mover;
static volatile LONG Ran[MAXIMUM];
static volatile LONG Stop, Moves;
static ULONG CallerIndex;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    UNREFERENCED_PARAMETER(Argument);
    InterlockedIncrement(&Ran[ContractIndex()]);
    return ContractIndex();
}

static VOID Call(PVOID Context)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(Context);
    for (LONG Number = 1; Number <= CALLS; Number++) {
        CallerIndex = (ULONG)KeIpiGenericCall(Routine, 0);
        CHECK(CallerIndex < Count);
        for (ULONG Index = 0; Index < Count; Index++) {
            CHECK_EQUAL(Ran[Index], Number);
        }
    }
    InterlockedExchange(&Stop, 1);
}

/*
 * Take the caller away from where it runs to where this thread runs, and make room for it: the
 * system moves this thread elsewhere, from where it does the same again.
 */
static VOID Move(PVOID Context)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Turn = 0; !Stop; Turn++) {
        KeSetAffinityThread(Caller.Thread, (KAFFINITY)1 << ContractIndex());
        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
        Moves++;
        for (ULONG Pause = 0; Pause < Turn % 64; Pause++) {
            YieldProcessor();
        }
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractStartThread(&Caller, Call, NULL);
    ContractStartThread(&Mover, Move, NULL);
    ContractJoinThread(&Caller);
    ContractJoinThread(&Mover);
    CHECK(Moves > 20);
    return CONTRACT_RESULT();
}

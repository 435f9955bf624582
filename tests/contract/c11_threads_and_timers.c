/* SPDX-License-Identifier: MIT */
/*
 * C11: threads of several priorities, a periodic timer's DPC and DPCs on every processor call at
 * the same time: each call runs its routine once on every processor, and all of them end.
 */
#include "call.h"
#include "threads.h"

#define THREADS 5
#define CALLS   60
#define MAXIMUM 256

static CONTRACT_THREAD Threads[THREADS];
static CONTRACT_WORK Works[MAXIMUM];

static VOID CallFromThread(PVOID Context)
{
    KeSetPriorityThread(KeGetCurrentThread(), 6 + 4 * (LONG)(ULONG_PTR)Context);
    for (ULONG Round = 0; Round < CALLS; Round++) {
        ContractCall();
        if (Round % 10 == 0) {
            ContractSleep(1);
        }
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractBeginTimer();
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], CallFromThread, (PVOID)(ULONG_PTR)Index);
    }
    for (ULONG Round = 0; Round < 5; Round++) {
        ContractRunOnAll(Works, ContractCallFromDpc, NULL);
        ContractSleep(1);
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    ContractEndTimer();
    return CONTRACT_RESULT();
}

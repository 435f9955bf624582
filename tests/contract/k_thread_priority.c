/* SPDX-License-Identifier: MIT */
/*
 * On one processor the most important ready thread runs, at once when it becomes ready; threads of
 * the same priority take turns, by the clock or by yielding.
 */
#include "threads.h"

static CONTRACT_THREAD Threads[2];
static KEVENT Event;
static volatile LONG Order, LowAt, HighAt, Stop, Turns[2], Yields;

static VOID Low(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ContractBind(0);
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    LowAt = InterlockedIncrement(&Order);
}

static VOID High(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    ContractBind(0);
    KeSetPriorityThread(KeGetCurrentThread(), 20);
    KeWaitForSingleObject(&Event, Executive, KernelMode, FALSE, NULL);
    HighAt = InterlockedIncrement(&Order);
}

static VOID Spin(PVOID Context)
{
    ContractBind(0);
    while (!Stop) {
        InterlockedIncrement(Context);
        YieldProcessor();
    }
}

static VOID CheckPreemption(VOID)
{
    LONG Mine;

    KeInitializeEvent(&Event, NotificationEvent, FALSE);
    ContractStartThread(&Threads[0], Low, NULL);
    ContractStartThread(&Threads[1], High, NULL);
    ContractSleep(50); /* both wait */
    KeSetPriorityThread(KeGetCurrentThread(), 12);
    KeSetEvent(&Event, 0, FALSE);
    Mine = InterlockedIncrement(&Order); /* the high one came in between, the low one waits */
    CHECK_EQUAL(HighAt, 1);
    CHECK_EQUAL(Mine, 2);
    CHECK_EQUAL(LowAt, 0);
    ContractJoinThread(&Threads[0]);
    ContractJoinThread(&Threads[1]);
    CHECK_EQUAL(LowAt, 3);
}

static VOID CheckTurns(VOID)
{
    LARGE_INTEGER Zero = {.QuadPart = 0};

    ContractStartThread(&Threads[0], Spin, (PVOID)&Turns[0]);
    ContractStartThread(&Threads[1], Spin, (PVOID)&Turns[1]);
    CHECK_EQUAL(KeSetPriorityThread(KeGetCurrentThread(), 8), 12);
    CHECK_EQUAL(KeQueryPriorityThread(KeGetCurrentThread()), 8);
    while (Turns[0] == 0 || Turns[1] == 0) { /* we spin, and they have their turns all the same */
        YieldProcessor();
    }
    for (ULONG Round = 0; Round < 5; Round++) {
        LONG Sum = Turns[0] + Turns[1];

        KeDelayExecutionThread(KernelMode, FALSE, &Zero);
        CHECK(Turns[0] + Turns[1] > Sum);
    }
    Stop = 1;
    ContractJoinThread(&Threads[0]);
    ContractJoinThread(&Threads[1]);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    GROUP_AFFINITY Previous = ContractBind(0);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckPreemption();
    CheckTurns();
    CHECK_EQUAL(KeSetBasePriorityThread(KeGetCurrentThread(), 3), 0);
    CHECK_EQUAL(KeQueryPriorityThread(KeGetCurrentThread()), 11);
    CHECK_EQUAL(KeSetBasePriorityThread(KeGetCurrentThread(), 0), 3);
    KeRevertToUserGroupAffinityThread(&Previous);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * A timer of ExAllocateTimer calls back at DISPATCH_LEVEL, once or with a period, can be waited for and
 * cancelled, and is freed when the last callback has ended, with its delete callback told.
 */
#include "threads.h"

#define MS(Count) (-(LONGLONG)(Count) * 10000)

static volatile LONG Calls, Deleted;
static KEVENT Called;
static PEX_TIMER Seen;

static VOID NTAPI OnTimer(PEX_TIMER Timer, PVOID Context)
{
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK(Context == (PVOID)&Calls);
    CHECK(Timer == Seen);
    InterlockedIncrement(&Calls);
    KeSetEvent(&Called, 0, FALSE);
}

static VOID NTAPI OnDelete(PVOID Context)
{
    CHECK(Context == (PVOID)&Deleted);
    InterlockedIncrement(&Deleted);
    KeSetEvent(&Called, 0, FALSE);
}

static VOID Await(VOID)
{
    LARGE_INTEGER Limit = {.QuadPart = MS(5000)};

    CHECK_EQUAL(KeWaitForSingleObject(&Called, Executive, KernelMode, FALSE, &Limit),
                STATUS_SUCCESS);
}

static VOID CheckOnce(VOID)
{
    EXT_DELETE_PARAMETERS Last = {.DeleteCallback = OnDelete, .DeleteContext = (PVOID)&Deleted};
    EXT_SET_PARAMETERS Set;

    ExInitializeSetTimerParameters(&Set);
    CHECK(ExAllocateTimer(OnTimer, NULL, 0x40) == NULL); /* no such attribute */
    Seen = ExAllocateTimer(OnTimer, (PVOID)&Calls, EX_TIMER_HIGH_RESOLUTION);
    CHECK(Seen != NULL);
    CHECK_EQUAL(ExCancelTimer(Seen, NULL), FALSE);
    CHECK_EQUAL(ExSetTimer(Seen, MS(60000), 0, NULL), FALSE);
    CHECK_EQUAL(ExSetTimer(Seen, MS(20), 0, &Set), TRUE);
    Await();
    CHECK_EQUAL(KeWaitForSingleObject(Seen, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(Calls, 1);
    CHECK_EQUAL(ExSetTimer(Seen, MS(60000), 0, NULL), FALSE);
    CHECK_EQUAL(ExCancelTimer(Seen, NULL), TRUE);
    CHECK_EQUAL(ExDeleteTimer(Seen, TRUE, TRUE, &Last), FALSE);
    CHECK_EQUAL(Deleted, 1);
    Await();
}

static VOID CheckPeriod(VOID)
{
    LONG Before;

    Seen = ExAllocateTimer(OnTimer, (PVOID)&Calls, EX_TIMER_NOTIFICATION);
    Before = Calls;
    CHECK_EQUAL(ExSetTimer(Seen, MS(10), 100000, NULL), FALSE);
    for (ULONG Turn = 0; Turn < 4; Turn++) {
        Await();
    }
    CHECK(Calls >= Before + 4);
    CHECK_EQUAL(KeWaitForSingleObject(Seen, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(ExDeleteTimer(Seen, TRUE, TRUE, NULL), TRUE);
    Before = Calls;
    ContractSleep(50);
    CHECK_EQUAL(Calls, Before); /* it is over */
    KeClearEvent(&Called);
}

/* Deleted while it is set and not cancelled: it expires once more. */
static VOID CheckLastTime(VOID)
{
    EXT_DELETE_PARAMETERS Last = {.DeleteCallback = OnDelete, .DeleteContext = (PVOID)&Deleted};
    LONG Before = Calls;

    Seen = ExAllocateTimer(OnTimer, (PVOID)&Calls, 0);
    ExSetTimer(Seen, MS(20), 100000, NULL);
    CHECK_EQUAL(ExDeleteTimer(Seen, FALSE, FALSE, &Last), FALSE);
    while (InterlockedOr(&Deleted, 0) != 2) {
        ContractSleep(1);
    }
    CHECK_EQUAL(Calls, Before + 1);
}

/* Set, cancelled and deleted again and again, while they expire. */
static VOID CheckMany(VOID)
{
    for (ULONG Round = 0; Round < 200; Round++) {
        Seen = ExAllocateTimer(OnTimer, (PVOID)&Calls, 0);
        ExSetTimer(Seen, Round % 2 == 0 ? 0 : MS(1), 10000, NULL);
        if (Round % 16 == 0) {
            ContractSleep(1);
        }
        ExDeleteTimer(Seen, TRUE, TRUE, NULL);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeEvent(&Called, SynchronizationEvent, FALSE);
    CheckOnce();
    CheckPeriod();
    CheckLastTime();
    CheckMany();
    return CONTRACT_RESULT();
}

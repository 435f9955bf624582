/* SPDX-License-Identifier: MIT */
/*
 * A sequenced list loses no entry and gives none out twice while all processors push and pop at
 * once, at DISPATCH_LEVEL and in a call's routine; the interlocked lists keep their order.
 */
#include "contract.h"

#define ENTRIES 32
#define ROUNDS  3000

typedef struct DECLSPEC_ALIGN(16) _ITEM {
    SLIST_ENTRY Entry;
    volatile LONG Owned;
} ITEM;

static SLIST_HEADER List;
static ITEM Items[ENTRIES];
static volatile LONG Popped;

static VOID PopAndPush(ULONG Rounds)
{
    for (ULONG Round = 0; Round < Rounds; Round++) {
        ITEM *Item = (ITEM *)ExInterlockedPopEntrySList(&List, NULL);

        if (Item != NULL) {
            CHECK_EQUAL(InterlockedExchange(&Item->Owned, 1), 0);
            InterlockedIncrement(&Popped);
            InterlockedExchange(&Item->Owned, 0);
            ExInterlockedPushEntrySList(&List, &Item->Entry, NULL);
        }
    }
}

static VOID Work(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    PopAndPush(ROUNDS);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    PopAndPush((ULONG)Argument);
    return 0;
}

static VOID TestOrder(VOID)
{
    CHECK_EQUAL(ExQueryDepthSList(&List), 0);
    CHECK(ExInterlockedPopEntrySList(&List, NULL) == NULL);
    CHECK(ExInterlockedFlushSList(&List) == NULL);
    CHECK(ExInterlockedPushEntrySList(&List, &Items[0].Entry, NULL) == NULL);
    CHECK(ExInterlockedPushEntrySList(&List, &Items[1].Entry, NULL) == &Items[0].Entry);
    CHECK_EQUAL(ExQueryDepthSList(&List), 2);
    CHECK(ExInterlockedPopEntrySList(&List, NULL) == &Items[1].Entry);
    CHECK(ExInterlockedPushEntrySList(&List, &Items[2].Entry, NULL) == &Items[0].Entry);
    CHECK(ExInterlockedFlushSList(&List) == &Items[2].Entry);
    CHECK(Items[2].Entry.Next == &Items[0].Entry && Items[0].Entry.Next == NULL);
    CHECK_EQUAL(ExQueryDepthSList(&List), 0);
}

static VOID TestInterlocked(VOID)
{
    LIST_ENTRY Head, First, Second;
    SINGLE_LIST_ENTRY Stack = { NULL }, One, Two;
    LARGE_INTEGER Large = { .QuadPart = 5 }, Three = { .QuadPart = 3 };
    ULONG Number = 0xFFFFFFFF;
    KSPIN_LOCK Lock;

    KeInitializeSpinLock(&Lock);
    InitializeListHead(&Head);
    CHECK(ExInterlockedInsertTailList(&Head, &First, &Lock) == NULL);
    CHECK(ExInterlockedInsertHeadList(&Head, &Second, &Lock) == &First);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &Second);
    CHECK(ExInterlockedInsertTailList(&Head, &Second, &Lock) == &First);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &First);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == &Second);
    CHECK(ExInterlockedRemoveHeadList(&Head, &Lock) == NULL);
    CHECK(ExInterlockedPushEntryList(&Stack, &One, &Lock) == NULL);
    CHECK(ExInterlockedPushEntryList(&Stack, &Two, &Lock) == &One);
    CHECK(ExInterlockedPopEntryList(&Stack, &Lock) == &Two);
    CHECK(ExInterlockedPopEntryList(&Stack, &Lock) == &One);
    CHECK(ExInterlockedPopEntryList(&Stack, &Lock) == NULL);
    CHECK_EQUAL(ExInterlockedAddLargeInteger(&Large, Three, &Lock).QuadPart, 5);
    CHECK_EQUAL(Large.QuadPart, 8);
    CHECK_EQUAL(ExInterlockedAddUlong(&Number, 2, &Lock), 0xFFFFFFFF);
    CHECK_EQUAL(Number, 1);
}

static CONTRACT_WORK Works[1024];

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = 0;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    InitializeSListHead(&List);
    TestOrder();
    TestInterlocked();
    for (ULONG Index = 0; Index < ENTRIES; Index++) {
        ExInterlockedPushEntrySList(&List, &Items[Index].Entry, NULL);
    }
    ContractRunOnAll(Works, Work, NULL);
    KeIpiGenericCall(Routine, 100);
    CHECK(Popped > 0);
    CHECK_EQUAL(ExQueryDepthSList(&List), ENTRIES);
    for (PSLIST_ENTRY Entry = ExInterlockedFlushSList(&List); Entry != NULL; Entry = Entry->Next) {
        Count++;
    }
    CHECK_EQUAL(Count, ENTRIES);
    return CONTRACT_RESULT();
}

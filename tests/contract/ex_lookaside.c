/* SPDX-License-Identifier: MIT */
/*
 * Lookaside lists of all kinds give every block to one owner at a time, on all processors at once,
 * keep a few, and give them all back in the end.
 */
#include "contract.h"

#define TAG 'kooL'

static NPAGED_LOOKASIDE_LIST Old;
static PAGED_LOOKASIDE_LIST Paged;
static LOOKASIDE_LIST_EX New;
static volatile LONG Outside; /* blocks that New has got and not given back */
static CONTRACT_WORK Works[1024];

static PVOID NTAPI Allocate(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, PLOOKASIDE_LIST_EX List)
{
    CHECK(List == &New && Tag == TAG && Bytes == 48 && Type == NonPagedPoolNx);
    InterlockedIncrement(&Outside);
    return ExAllocatePoolWithTag(Type, Bytes, Tag);
}

static VOID NTAPI Free(PVOID Block, PLOOKASIDE_LIST_EX List)
{
    CHECK(List == &New);
    InterlockedDecrement(&Outside);
    ExFreePoolWithTag(Block, TAG);
}

static VOID Churn(PVOID Context)
{
    ULONG_PTR *Blocks[8];

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < 100; Round++) {
        for (ULONG Index = 0; Index < 8; Index++) {
            Blocks[Index] = Index % 2 ? ExAllocateFromNPagedLookasideList(&Old)
                                      : ExAllocateFromLookasideListEx(&New);
            CHECK(Blocks[Index] != NULL);
            Blocks[Index][1] = (ULONG_PTR)&Blocks[Index];
        }
        for (ULONG Index = 0; Index < 8; Index++) {
            CHECK_EQUAL(Blocks[Index][1], (ULONG_PTR)&Blocks[Index]);
            if (Index % 2) {
                ExFreeToNPagedLookasideList(&Old, Blocks[Index]);
            } else {
                ExFreeToLookasideListEx(&New, Blocks[Index]);
            }
        }
    }
}

static VOID TestPaged(VOID)
{
    PVOID First, Second;

    ExInitializePagedLookasideList(&Paged, NULL, NULL, 0, 100, TAG, 0);
    First = ExAllocateFromPagedLookasideList(&Paged);
    CHECK(First != NULL);
    ExFreeToPagedLookasideList(&Paged, First);
    Second = ExAllocateFromPagedLookasideList(&Paged);
    CHECK(Second == First); /* it was kept */
    ExFreeToPagedLookasideList(&Paged, Second);
    ExDeletePagedLookasideList(&Paged);
}

static VOID TestRefusals(VOID)
{
    LOOKASIDE_LIST_EX List;

    CHECK_EQUAL(ExInitializeLookasideListEx(&List, NULL, NULL, (POOL_TYPE)99, 0, 48, TAG, 0),
                STATUS_INVALID_PARAMETER_4);
    CHECK_EQUAL(ExInitializeLookasideListEx(&List, NULL, NULL, PagedPool, 3, 48, TAG, 0),
                STATUS_INVALID_PARAMETER_5);
    CHECK_EQUAL(ExInitializeLookasideListEx(&List, NULL, NULL, PagedPool, 0, 48, TAG, 7),
                STATUS_INVALID_PARAMETER_8);
    CHECK_EQUAL(ExInitializeLookasideListEx(&List, NULL, NULL, PagedPool, 0, 1, TAG, 0),
                STATUS_SUCCESS);
    ExFreeToLookasideListEx(&List, ExAllocateFromLookasideListEx(&List));
    ExFlushLookasideListEx(&List);
    CHECK_EQUAL(ExQueryDepthSList(&List.L.ListHead), 0);
    ExDeleteLookasideListEx(&List);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExInitializeNPagedLookasideList(&Old, NULL, NULL, POOL_NX_ALLOCATION, 48, TAG, 0);
    CHECK_EQUAL(ExInitializeLookasideListEx(&New, Allocate, Free, NonPagedPoolNx, 0, 48, TAG, 0),
                STATUS_SUCCESS);
    ContractRunOnAll(Works, Churn, NULL);
    CHECK(Outside > 0 && Outside <= 16); /* what the list keeps */
    ExDeleteLookasideListEx(&New);
    ExDeleteNPagedLookasideList(&Old);
    CHECK_EQUAL(Outside, 0);
    TestPaged();
    TestRefusals();
    return CONTRACT_RESULT();
}

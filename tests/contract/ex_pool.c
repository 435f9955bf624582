/* SPDX-License-Identifier: MIT */
/*
 * Pool of every kind is aligned, zeroed where promised, executable only where promised, the
 * caller's alone on all processors at once, and given back.
 */
#include "contract.h"

#define TAG  '1tsT'
#define MANY 64

#ifndef POOL_FLAG_NON_PAGED /* mingw-w64 lacks these */
#define POOL_FLAG_CACHE_ALIGNED 0x008ull
#define POOL_FLAG_NON_PAGED     0x040ull
#define POOL_FLAG_PAGED         0x100ull
#endif

NTKERNELAPI PVOID NTAPI ExAllocatePool2(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag);

typedef ULONG(NTAPI *FUNCTION)(VOID);

/* mov eax, 7; ret */
static const UCHAR Code[] = { 0xB8, 7, 0, 0, 0, 0xC3 };

static const SIZE_T Sizes[] = { 0,    1,    7,    8,    9,    16,   100,  488,  489,   512,
                                1000, 2000, 4000, 4024, 4025, 4095, 4096, 4097, 65536, 1 << 20 };

static BOOLEAN IsZero(const UCHAR *Bytes, SIZE_T Count)
{
    while (Count != 0 && Bytes[Count - 1] == 0) {
        Count--;
    }
    return Count == 0;
}

static VOID TestSizes(POOL_TYPE Type)
{
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Sizes); Index++) {
        PUCHAR Block = ExAllocatePoolWithTag(Type, Sizes[Index], TAG);

        CHECK(Block != NULL);
        CHECK_EQUAL((ULONG_PTR)Block % 16, 0);
        if (Sizes[Index] >= PAGE_SIZE) {
            CHECK_EQUAL((ULONG_PTR)Block % PAGE_SIZE, 0);
        } else if (Sizes[Index] != 0) {
            CHECK_EQUAL((ULONG_PTR)Block / PAGE_SIZE,
                        ((ULONG_PTR)Block + Sizes[Index] - 1) / PAGE_SIZE);
        }
        RtlFillMemory(Block, Sizes[Index], 0xA5);
        ExFreePoolWithTag(Block, TAG);
    }
}

static VOID TestFlags(VOID)
{
    for (ULONG Index = 1; Index < RTL_NUMBER_OF(Sizes); Index++) {
        PUCHAR Block = ExAllocatePool2(POOL_FLAG_NON_PAGED, Sizes[Index], TAG);

        CHECK(Block != NULL && IsZero(Block, Sizes[Index]));
        RtlFillMemory(Block, Sizes[Index], 0xFF);
        ExFreePool(Block);
        Block = ExAllocatePool2(POOL_FLAG_PAGED | POOL_FLAG_CACHE_ALIGNED, Sizes[Index], TAG);
        CHECK(Block != NULL && IsZero(Block, Sizes[Index]));
        CHECK_EQUAL((ULONG_PTR)Block % 64, 0);
        RtlFillMemory(Block, Sizes[Index], 0xFF);
        ExFreePool(Block);
    }
    CHECK(ExAllocatePool2(0, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED | POOL_FLAG_PAGED, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED | 0x80000000, 16, TAG) == NULL);
    CHECK(ExAllocatePool2(POOL_FLAG_NON_PAGED, 16, 0) == NULL);
}

static VOID TestExecutable(SIZE_T Bytes)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPool, Bytes, TAG);

    CHECK(Block != NULL);
    RtlCopyMemory(Block, Code, sizeof(Code));
    CHECK_EQUAL(((FUNCTION)(ULONG_PTR)Block)(), 7);
    ExFreePoolWithTag(Block, TAG);
}

static VOID TestExhaustion(VOID)
{
    PVOID Block = ExAllocatePoolWithTag(NonPagedPoolNx, (SIZE_T)1 << 38, TAG);

    CHECK(Block == NULL);
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, ~(SIZE_T)0, TAG) == NULL);
    CHECK(ExAllocatePoolWithTag(NonPagedPoolNx, ~(SIZE_T)0 - PAGE_SIZE, TAG) == NULL);
    for (ULONG Round = 0; Round < 100; Round++) { /* more than there is, if nothing came back */
        Block = ExAllocatePoolWithTag(NonPagedPoolNx, 8 << 20, TAG);
        CHECK(Block != NULL);
        if (Block == NULL) {
            break;
        }
        ExFreePool(Block);
    }
}

/* Every processor for itself: what it writes must stay until it frees. */
static VOID Churn(PVOID Context)
{
    static const POOL_TYPE Types[] = { NonPagedPool, NonPagedPoolNx, PagedPool };
    ULONG_PTR *Blocks[MANY] = { 0 };
    ULONG Random = ContractIndex() * 7919 + 1;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < 2000 + MANY; Round++) {
        ULONG Index =
            Round < 2000 ? (Random = Random * 1103515245 + 12345) / 65536 % MANY : Round - 2000;

        if (Blocks[Index] != NULL) {
            CHECK_EQUAL(Blocks[Index][0], (ULONG_PTR)&Blocks[Index]);
            ExFreePoolWithTag(Blocks[Index], TAG);
            Blocks[Index] = NULL;
        } else if (Round < 2000) {
            Blocks[Index] = ExAllocatePoolWithTag(Types[Random % 3], 16 + Random / 256 % 3000, TAG);
            CHECK(Blocks[Index] != NULL);
            Blocks[Index][0] = (ULONG_PTR)&Blocks[Index];
        }
    }
}

static CONTRACT_WORK Works[1024];

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    TestSizes(NonPagedPool);
    TestSizes(NonPagedPoolNx);
    TestSizes(PagedPool);
    TestSizes(NonPagedPoolNxCacheAligned);
    TestFlags();
    TestExecutable(sizeof(Code));
    TestExecutable(2 * PAGE_SIZE);
    TestExhaustion();
    ContractRunOnAll(Works, Churn, NULL);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * pool_block.c: blocks of pool.
 *
 * Blocks that leave room in a page come from a heap (heap.h), one heap per
 * kind of pool.  Larger ones are whole pages of their own, page-aligned, with
 * an unmapped page behind; they are entered in a table by address, since there
 * is no room for a header.
 *
 * Locks (ki_lock.h) are held for list operations only.  Pages are allocated
 * and freed outside, for freeing interrupts every processor.  At IPI_LEVEL and
 * above that is impossible: an empty page stays with its heap there, and
 * freeing a large block is KiFlushEverywhere's bug check.
 *
 * Reference: "ExAllocatePoolWithTag function (wdm.h)".
 */
#include "pool_block.h"

#define EXP_LARGE_TAG    0x6772614Cu /* 'Larg' in memory */
#define EXP_LARGE_CHAINS 256u

typedef struct _EXP_LARGE {
    struct _EXP_LARGE *Next;
    PVOID Address;
    SIZE_T Bytes;
    ULONG Tag;
    ULONG Type;
} EXP_LARGE;

typedef struct DECLSPEC_ALIGN(KI_CACHE_LINE) _EXP_POOL_HEAP {
    ULONG64 Lock;
    EXP_HEAP Heap;
} EXP_POOL_HEAP;

static EXP_POOL_HEAP ExpHeaps[ExpPoolCount];
static EXP_LARGE *ExpLarge[EXP_LARGE_CHAINS];
static ULONG64 ExpLargeLock;

static const ULONG ExpProtection[ExpPoolCount] = {
    [ExpPoolNx] = HAL_PAGE_READ | HAL_PAGE_WRITE,
    [ExpPoolExecute] = HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_EXECUTE,
    [ExpPoolPaged] = HAL_PAGE_READ | HAL_PAGE_WRITE,
};

VOID ExInitializePool(VOID)
{
    for (ULONG Pool = 0; Pool < ExpPoolCount; Pool++) {
        ExpHeapInitialize(&ExpHeaps[Pool].Heap, Pool);
    }
}

static EXP_POOL ExpPoolOf(POOL_TYPE Type)
{
    if ((Type & PagedPool) != 0) {
        return ExpPoolPaged;
    }
    return (Type & NonPagedPoolNx) != 0 ? ExpPoolNx : ExpPoolExecute;
}

/* ExpAddPage: get a heap another page. */
static BOOLEAN ExpAddPage(EXP_POOL Pool)
{
    PVOID Page = MmAllocateSystemMemoryEx(PAGE_SIZE, ExpProtection[Pool]);
    BOOLEAN Enabled;

    if (Page == NULL) {
        return FALSE;
    }
    Enabled = KiLockWord(&ExpHeaps[Pool].Lock);
    ExpHeapAddPage(&ExpHeaps[Pool].Heap, Page);
    KiUnlockWord(&ExpHeaps[Pool].Lock, Enabled);
    return TRUE;
}

/* ExpAllocateSmall: a block from a heap. */
static PVOID ExpAllocateSmall(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    EXP_POOL Pool = ExpPoolOf(Type);
    BOOLEAN Aligned = (Type & NonPagedPoolCacheAligned) != 0;
    EXP_HEAP_INFO Info;
    EXP_HEAP_STATUS Status;
    EXP_BLOCK *Block;
    BOOLEAN Enabled;

    do {
        Enabled = KiLockWord(&ExpHeaps[Pool].Lock);
        Status = ExpHeapTake(&ExpHeaps[Pool].Heap, Bytes, Aligned, &Block, &Info);
        KiUnlockWord(&ExpHeaps[Pool].Lock, Enabled);
        if (Status == EXP_HEAP_OK) {
            return ExpHeapDress(Block, Bytes, Type, Tag);
        }
        if (Status != EXP_HEAP_NO_PAGE) {
            ExpBadBlock(Status, NULL, Tag, &Info, Caller);
        }
    } while (ExpAddPage(Pool));
    return NULL;
}

/* ExpFreeSmall: put a block back into its heap. */
static VOID ExpFreeSmall(PVOID Address, ULONG Tag, PVOID Caller)
{
    EXP_HEAP_STATUS Status = EXP_HEAP_NOT_A_BLOCK;
    EXP_HEAP_INFO Info = { 0 };
    uint32_t Pool;
    BOOLEAN Enabled;
    PVOID Page;

    if (MmIsAddressValid(Address)) {
        Status = ExpHeapCheck(Address, Tag, &Pool, &Info);
    }
    if (Status != EXP_HEAP_OK) {
        ExpBadBlock(Status, Address, Tag, &Info, Caller);
    }
    ExpCheckContents(Address, Info.Size, Info.Tag, Caller);
    Enabled = KiLockWord(&ExpHeaps[Pool].Lock);
    Page = ExpHeapPut(&ExpHeaps[Pool].Heap, Address);
    if (Page != NULL && KeGetCurrentIrql() >= IPI_LEVEL) {
        ExpHeapAddPage(&ExpHeaps[Pool].Heap, Page);
        Page = NULL;
    }
    KiUnlockWord(&ExpHeaps[Pool].Lock, Enabled);
    if (Page != NULL) {
        MmFreeSystemMemory(Page, PAGE_SIZE);
    }
}

static EXP_LARGE **ExpChainOf(PVOID Address)
{
    ULONG64 Page = (ULONG64)Address >> PAGE_SHIFT;

    return &ExpLarge[(Page ^ (Page >> 8) ^ (Page >> 16)) % EXP_LARGE_CHAINS];
}

/* ExpEnterLarge: put a block into the table. */
static VOID ExpEnterLarge(EXP_LARGE *Large)
{
    EXP_LARGE **Chain = ExpChainOf(Large->Address);
    BOOLEAN Enabled = KiLockWord(&ExpLargeLock);

    Large->Next = *Chain;
    *Chain = Large;
    KiUnlockWord(&ExpLargeLock, Enabled);
}

/* ExpRemoveLarge: take a block out of the table; NULL if it is not there. */
static EXP_LARGE *ExpRemoveLarge(PVOID Address)
{
    EXP_LARGE **Link = ExpChainOf(Address), *Large;
    BOOLEAN Enabled = KiLockWord(&ExpLargeLock);

    while (*Link != NULL && (*Link)->Address != Address) {
        Link = &(*Link)->Next;
    }
    Large = *Link;
    if (Large != NULL) {
        *Link = Large->Next;
    }
    KiUnlockWord(&ExpLargeLock, Enabled);
    return Large;
}

/* ExpAllocateLarge: a block of whole pages. */
static PVOID ExpAllocateLarge(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    EXP_LARGE *Large = ExpAllocateSmall(NonPagedPoolNx, sizeof(*Large), EXP_LARGE_TAG, Caller);
    PVOID Address = MmAllocateSystemMemoryEx(Bytes, ExpProtection[ExpPoolOf(Type)]);

    if (Large == NULL || Address == NULL) {
        if (Large != NULL) {
            ExpFreeSmall(Large, EXP_LARGE_TAG, Caller);
        }
        if (Address != NULL) {
            MmFreeSystemMemory(Address, Bytes);
        }
        return NULL;
    }
    Large->Address = Address;
    Large->Bytes = Bytes;
    Large->Tag = Tag;
    Large->Type = Type;
    ExpHeapFill((PUCHAR)Address + Bytes, (0 - Bytes) & (PAGE_SIZE - 1));
    ExpEnterLarge(Large);
    return Address;
}

/* ExpCheckLarge: a bug check if a large block is not what it should be. */
static VOID ExpCheckLarge(const EXP_LARGE *Large, ULONG Tag, PVOID Caller)
{
    PUCHAR End = (PUCHAR)Large->Address + Large->Bytes;
    SIZE_T Room = (0 - Large->Bytes) & (PAGE_SIZE - 1);
    const UCHAR *Bad = ExpHeapVerifyFill(End, Room);
    EXP_HEAP_INFO Info = { .Size = Large->Bytes, .Tag = Large->Tag, .Type = Large->Type };

    if (Bad != NULL) {
        SIZE_T Left = Room - (SIZE_T)(Bad - End);

        memcpy(&Info.Value, Bad, Left < sizeof(Info.Value) ? Left : sizeof(Info.Value));
        ExpBadBlock(EXP_HEAP_OVERRUN, Large->Address, Tag, &Info, Caller);
    }
    if (Tag != 0 && Tag != Large->Tag) {
        ExpBadBlock(EXP_HEAP_WRONG_TAG, Large->Address, Tag, &Info, Caller);
    }
}

/* ExpFreeLarge: free a block of whole pages. */
static VOID ExpFreeLarge(PVOID Address, ULONG Tag, PVOID Caller)
{
    EXP_LARGE *Large = ExpRemoveLarge(Address);
    EXP_HEAP_INFO Nothing = { 0 };

    if (Large == NULL) {
        ExpBadBlock(EXP_HEAP_NOT_A_BLOCK, Address, Tag, &Nothing, Caller);
    }
    ExpCheckLarge(Large, Tag, Caller);
    ExpCheckContents(Address, Large->Bytes, Large->Tag, Caller);
    MmFreeSystemMemory(Address, Large->Bytes);
    ExpFreeSmall(Large, EXP_LARGE_TAG, Caller);
}

PVOID ExpAllocateBlock(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    PVOID Block = Bytes <= EXP_HEAP_MAXIMUM ? ExpAllocateSmall(Type, Bytes, Tag, Caller)
                                            : ExpAllocateLarge(Type, Bytes, Tag, Caller);

    if (Block != NULL) {
        ExpTrackBlock(Block, Bytes, Tag, Caller);
    }
    return Block;
}

VOID ExpFreeBlock(PVOID Address, ULONG Tag, PVOID Caller)
{
    if (Address < MmSystemRangeStart) {
        ExpBadUserAddress(Address, Caller);
    }
    ExpUntrackBlock(Address); /* before somebody else gets the address */
    if (((ULONG_PTR)Address & (PAGE_SIZE - 1)) == 0) {
        ExpFreeLarge(Address, Tag, Caller);
    } else {
        ExpFreeSmall(Address, Tag, Caller);
    }
}

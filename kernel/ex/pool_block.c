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
 * References: "ExAllocatePoolWithTag function (wdm.h)", "Bug Check 0xC2
 * BAD_POOL_CALLER", "Bug Check 0x19 BAD_POOL_HEADER".
 */
#include "exp.h"
#include "heap.h"

#define EXP_LARGE_TAG    0x6772614Cu /* 'Larg' in memory */
#define EXP_LARGE_CHAINS 256u

/* The first parameters of BAD_POOL_CALLER and BAD_POOL_HEADER. */
#define EXP_BAD_HEADER       0x01
#define EXP_ALREADY_FREED    0x07
#define EXP_WRONG_TAG        0x0A
#define EXP_USER_ADDRESS     0x40
#define EXP_INVALID_ADDRESS  0x46
#define EXP_OVERRUN          0x21
#define EXP_FREE_MODIFIED    0x23

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

/* ExpBadBlock: the bug check for what a heap has found wrong with a block. */
static DECLSPEC_NORETURN VOID ExpBadBlock(EXP_HEAP_STATUS Status, PVOID Address, ULONG Tag,
                                          const EXP_HEAP_INFO *Info, PVOID Caller)
{
    ULONG64 At = (ULONG64)Caller;

    switch (Status) {
    case EXP_HEAP_FREED:
        KiBugCheck(BAD_POOL_CALLER, EXP_ALREADY_FREED, 0, Info->Contents, (ULONG_PTR)Address, At,
                   NULL);
    case EXP_HEAP_BAD_HEADER:
        KiBugCheck(BAD_POOL_CALLER, EXP_BAD_HEADER, (ULONG_PTR)Info->Header, Info->Contents, 0, At,
                   NULL);
    case EXP_HEAP_WRONG_TAG:
        KiBugCheck(BAD_POOL_CALLER, EXP_WRONG_TAG, (ULONG_PTR)Address, Info->Tag, Tag, At, NULL);
    case EXP_HEAP_OVERRUN:
        KiBugCheck(BAD_POOL_HEADER, EXP_OVERRUN, (ULONG_PTR)Address, Info->Size, Info->Value, At,
                   NULL);
    case EXP_HEAP_BAD_FREE:
        KiBugCheck(BAD_POOL_HEADER, EXP_FREE_MODIFIED, (ULONG_PTR)Info->Header, Info->Contents, 0,
                   At, NULL);
    default:
        KiBugCheck(BAD_POOL_CALLER, EXP_INVALID_ADDRESS, (ULONG_PTR)Address, 0, 0, At, NULL);
    }
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
static PVOID ExpAllocateSmall(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag)
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
            ExpBadBlock(Status, NULL, Tag, &Info, NULL);
        }
    } while (ExpAddPage(Pool));
    return NULL;
}

/* ExpFreeSmall: put a block back into its heap. */
static VOID ExpFreeSmall(PVOID Address, ULONG Tag, PVOID Caller)
{
    EXP_HEAP_STATUS Status = EXP_HEAP_NOT_A_BLOCK;
    EXP_HEAP_INFO Info = {0};
    uint32_t Pool;
    BOOLEAN Enabled;
    PVOID Page;

    if (MmIsAddressValid(Address)) {
        Status = ExpHeapCheck(Address, Tag, &Pool, &Info);
    }
    if (Status != EXP_HEAP_OK) {
        ExpBadBlock(Status, Address, Tag, &Info, Caller);
    }
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
static PVOID ExpAllocateLarge(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag)
{
    EXP_LARGE *Large = ExpAllocateSmall(NonPagedPoolNx, sizeof(*Large), EXP_LARGE_TAG);
    PVOID Address = MmAllocateSystemMemoryEx(Bytes, ExpProtection[ExpPoolOf(Type)]);

    if (Large == NULL || Address == NULL) {
        if (Large != NULL) {
            ExpFreeSmall(Large, EXP_LARGE_TAG, NULL);
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
    ULONG64 Value = 0;

    if (Bad != NULL) {
        SIZE_T Left = Room - (SIZE_T)(Bad - End);

        memcpy(&Value, Bad, Left < sizeof(Value) ? Left : sizeof(Value));
        KiBugCheck(BAD_POOL_HEADER, EXP_OVERRUN, (ULONG_PTR)Large->Address, Large->Bytes, Value,
                   (ULONG64)Caller, NULL);
    }
    if (Tag != 0 && Tag != Large->Tag) {
        KiBugCheck(BAD_POOL_CALLER, EXP_WRONG_TAG, (ULONG_PTR)Large->Address, Large->Tag, Tag,
                   (ULONG64)Caller, NULL);
    }
}

/* ExpFreeLarge: free a block of whole pages. */
static VOID ExpFreeLarge(PVOID Address, ULONG Tag, PVOID Caller)
{
    EXP_LARGE *Large = ExpRemoveLarge(Address);

    if (Large == NULL) {
        KiBugCheck(BAD_POOL_CALLER, EXP_INVALID_ADDRESS, (ULONG_PTR)Address, 0, 0, (ULONG64)Caller,
                   NULL);
    }
    ExpCheckLarge(Large, Tag, Caller);
    MmFreeSystemMemory(Address, Large->Bytes);
    ExpFreeSmall(Large, EXP_LARGE_TAG, Caller);
}

PVOID ExpAllocateBlock(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag)
{
    if (Bytes <= EXP_HEAP_MAXIMUM) {
        return ExpAllocateSmall(Type, Bytes, Tag);
    }
    return ExpAllocateLarge(Type, Bytes, Tag);
}

VOID ExpFreeBlock(PVOID Address, ULONG Tag, PVOID Caller)
{
    if (Address < MmSystemRangeStart) {
        KiBugCheck(BAD_POOL_CALLER, EXP_USER_ADDRESS, (ULONG_PTR)Address,
                   (ULONG_PTR)MmSystemRangeStart, 0, (ULONG64)Caller, NULL);
    }
    if (((ULONG_PTR)Address & (PAGE_SIZE - 1)) == 0) {
        ExpFreeLarge(Address, Tag, Caller);
    } else {
        ExpFreeSmall(Address, Tag, Caller);
    }
}

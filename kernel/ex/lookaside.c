/* SPDX-License-Identifier: MIT */
/*
 * lookaside.c: lists of free blocks of one size, which drivers keep.
 *
 * To allocate and to free are inline routines of the headers, which use the
 * structure's fields.  Windows tunes how many blocks a list keeps; here that
 * is EXP_LOOKASIDE_DEPTH for ever.
 *
 * References: "ExInitializeNPagedLookasideList function (wdm.h)",
 * "ExInitializePagedLookasideList function (wdm.h)",
 * "ExInitializeLookasideListEx function (wdm.h)", "Using Lookaside Lists".
 */
#include "exp.h"

#define EXP_LOOKASIDE_DEPTH 16

#define EXP_RAISE    EX_LOOKASIDE_LIST_EX_FLAGS_RAISE_ON_FAIL
#define EXP_NO_RAISE EX_LOOKASIDE_LIST_EX_FLAGS_FAIL_NO_RAISE

/* ExpAllocateElement: what a list without AllocateEx gets its blocks by. */
static PVOID NTAPI ExpAllocateElement(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                      PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    return ExAllocatePoolWithTag(PoolType, NumberOfBytes, Tag);
}

/* ExpFreeElement: and frees them by. */
static VOID NTAPI ExpFreeElement(PVOID Buffer, PLOOKASIDE_LIST_EX Lookaside)
{
    UNREFERENCED_PARAMETER(Lookaside);
    ExFreePool(Buffer);
}

/* ExpInitializeLookaside: what all kinds have in common; both kinds of structure begin alike. */
static VOID ExpInitializeLookaside(PGENERAL_LOOKASIDE_POOL List, POOL_TYPE Type, SIZE_T Size,
                                   ULONG Tag)
{
    RtlZeroMemory(List, sizeof(*List));
    InitializeSListHead(&List->ListHead);
    InitializeListHead(&List->ListEntry);
    List->Depth = EXP_LOOKASIDE_DEPTH;
    List->MaximumDepth = EX_MAXIMUM_LOOKASIDE_DEPTH_BASE;
    List->Type = Type;
    List->Tag = Tag;
    List->Size = Size < LOOKASIDE_MINIMUM_BLOCK_SIZE ? LOOKASIDE_MINIMUM_BLOCK_SIZE : (ULONG)Size;
}

/* ExpInitializeOldLookaside: for routines without the list as their last argument. */
static VOID ExpInitializeOldLookaside(PGENERAL_LOOKASIDE Old, POOL_TYPE Type,
                                      PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                      SIZE_T Size, ULONG Tag)
{
    PGENERAL_LOOKASIDE_POOL List = (PGENERAL_LOOKASIDE_POOL)Old;

    ExpInitializeLookaside(List, Type, Size, Tag);
    List->Allocate = Allocate != NULL ? Allocate : (PALLOCATE_FUNCTION)ExAllocatePoolWithTag;
    List->Free = Free != NULL ? Free : (PFREE_FUNCTION)ExFreePool;
}

/*
 * ExInitializeNPagedLookasideList: set up a list of nonpaged blocks.
 * => Flags: POOL_NX_ALLOCATION, POOL_RAISE_IF_ALLOCATION_FAILURE
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI ExInitializeNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside,
                                           PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                           ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    ExpInitializeOldLookaside(&Lookaside->L, (POOL_TYPE)(NonPagedPool | Flags), Allocate, Free,
                              Size, Tag);
}

/* ExInitializePagedLookasideList: the same of paged blocks.  IRQL <= APC_LEVEL. */
VOID NTAPI ExInitializePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside,
                                          PALLOCATE_FUNCTION Allocate, PFREE_FUNCTION Free,
                                          ULONG Flags, SIZE_T Size, ULONG Tag, USHORT Depth)
{
    UNREFERENCED_PARAMETER(Depth);
    ExpInitializeOldLookaside(&Lookaside->L, (POOL_TYPE)(PagedPool | Flags), Allocate, Free, Size,
                              Tag);
}

/*
 * ExInitializeLookasideListEx: set up a list of blocks of any pool.
 * => STATUS_INVALID_PARAMETER_4 to _8: a kind of pool, flags, or a depth that there is not
 * => IRQL <= DISPATCH_LEVEL
 */
NTSTATUS NTAPI ExInitializeLookasideListEx(PLOOKASIDE_LIST_EX Lookaside,
                                           PALLOCATE_FUNCTION_EX Allocate, PFREE_FUNCTION_EX Free,
                                           POOL_TYPE PoolType, ULONG Flags, SIZE_T Size, ULONG Tag,
                                           USHORT Depth)
{
    ULONG Type = PoolType;

    if (PoolType != NonPagedPool && PoolType != PagedPool && PoolType != NonPagedPoolNx) {
        return STATUS_INVALID_PARAMETER_4;
    }
    if ((Flags & ~(ULONG)(EXP_RAISE | EXP_NO_RAISE)) != 0 || Flags == (EXP_RAISE | EXP_NO_RAISE)) {
        return STATUS_INVALID_PARAMETER_5;
    }
    if (Depth != 0) {
        return STATUS_INVALID_PARAMETER_8;
    }
    Type |= Flags == EXP_RAISE ? POOL_RAISE_IF_ALLOCATION_FAILURE : 0;
    ExpInitializeLookaside(&Lookaside->L, (POOL_TYPE)Type, Size, Tag);
    Lookaside->L.AllocateEx = Allocate != NULL ? Allocate : ExpAllocateElement;
    Lookaside->L.FreeEx = Free != NULL ? Free : ExpFreeElement;
    return STATUS_SUCCESS;
}

/* ExpEmptyOldLookaside: free all blocks that a list keeps. */
static VOID ExpEmptyOldLookaside(PGENERAL_LOOKASIDE List)
{
    PSLIST_ENTRY Entry = ExpInterlockedFlushSList(&List->ListHead), Next;

    for (; Entry != NULL; Entry = Next) {
        Next = Entry->Next;
        List->Free(Entry);
    }
}

/* ExDeleteNPagedLookasideList: free all blocks that a list keeps; nobody uses it any more. */
VOID NTAPI ExDeleteNPagedLookasideList(PNPAGED_LOOKASIDE_LIST Lookaside)
{
    ExpEmptyOldLookaside(&Lookaside->L);
}

/* ExDeletePagedLookasideList: the same. */
VOID NTAPI ExDeletePagedLookasideList(PPAGED_LOOKASIDE_LIST Lookaside)
{
    ExpEmptyOldLookaside(&Lookaside->L);
}

/* ExFlushLookasideListEx: free all blocks that a list keeps. */
VOID NTAPI ExFlushLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    PSLIST_ENTRY Entry = ExpInterlockedFlushSList(&Lookaside->L.ListHead), Next;

    for (; Entry != NULL; Entry = Next) {
        Next = Entry->Next;
        Lookaside->L.FreeEx(Entry, Lookaside);
    }
}

/* ExDeleteLookasideListEx: the same; nobody uses it any more. */
VOID NTAPI ExDeleteLookasideListEx(PLOOKASIDE_LIST_EX Lookaside)
{
    ExFlushLookasideListEx(Lookaside);
}

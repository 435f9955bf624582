/* SPDX-License-Identifier: MIT */
/* pool_block.h: what the files of the pool share. */
#pragma once

#include "exp.h"
#include "heap.h"

/* pool_block.c: blocks of any size, where every allocator and free routine ends */
typedef enum _EXP_POOL {
    ExpPoolNx, /* never executable */
    ExpPoolExecute,
    ExpPoolPaged, /* resident, but its own, so that it can be treated as paged */
    ExpPoolCount,
} EXP_POOL;

/* ExpAllocateBlock: NULL = memory is short.  Any IRQL; not zeroed. */
PVOID ExpAllocateBlock(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, PVOID Caller);
/* ExpFreeBlock: Tag 0 = any; a bug check, at Caller, for what is none. */
VOID ExpFreeBlock(PVOID Address, ULONG Tag, PVOID Caller);

/* pool_leak.c: remember a block that a driver's code has allocated, and forget it.  Any IRQL. */
VOID ExpTrackBlock(PVOID Address, SIZE_T Bytes, ULONG Tag, PVOID Caller);
VOID ExpUntrackBlock(PVOID Address);

/* pool_fault.c */
/* ExpBadBlock: what is wrong (not EXP_HEAP_OK, EXP_HEAP_NO_PAGE) with the block at Address. */
DECLSPEC_NORETURN VOID ExpBadBlock(EXP_HEAP_STATUS Status, PVOID Address, ULONG Tag,
                                   const EXP_HEAP_INFO *Info, PVOID Caller);
DECLSPEC_NORETURN VOID ExpBadUserAddress(PVOID Address, PVOID Caller);
/* ExpCheckContents: a bug check if a driver, at Caller, frees a block with a timer or DPC in use in it. */
VOID ExpCheckContents(PVOID Address, SIZE_T Bytes, ULONG Tag, PVOID Caller);

/* SPDX-License-Identifier: MIT */
/*
 * heap.h: blocks of less than a page.
 *
 * A heap cuts pages into blocks of one size each, the page's class:
 *
 *     page    | slab header | block | block | ...
 *     block   | header | what the caller asked for | fill, at least 8 bytes |
 *
 * so that a block is 16-byte aligned and never crosses a page.  The header and
 * the fill are checked when the block is freed, the header and the link of a
 * free block when it is given out again: that is how writes out of bounds and
 * double frees are found.
 *
 * A heap's lists are changed by ExpHeapTake, ExpHeapPut and ExpHeapAddPage
 * only, under the caller's lock; everything else works on a block that is the
 * caller's alone, without it:
 *
 *     allocate    lock { ExpHeapTake } ExpHeapDress
 *     free        ExpHeapCheck  lock { ExpHeapPut }
 *
 * Pure: pages come from and go back to the caller.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXP_PAGE_SIZE    4096u
#define EXP_HEAP_CLASSES 38u
#define EXP_HEAP_MAXIMUM 4024u /* bytes that fit into the largest block */
#define EXP_HEAP_KEEP    256u  /* empty pages that it keeps: giving one back stops all processors */

typedef struct _EXP_BLOCK EXP_BLOCK;
typedef struct _EXP_SLAB EXP_SLAB;

typedef struct _EXP_HEAP {
    EXP_SLAB *Partial[EXP_HEAP_CLASSES]; /* pages with a free block, by class */
    EXP_SLAB *Empty;                     /* pages without a class */
    uint32_t EmptyCount;
    uint32_t Id;
    uint64_t Pages; /* that it has, of any kind */
} EXP_HEAP;

typedef enum _EXP_HEAP_STATUS {
    EXP_HEAP_OK,
    EXP_HEAP_NO_PAGE,     /* ExpHeapAddPage, then again */
    EXP_HEAP_NOT_A_BLOCK, /* the address is none that a heap has given out */
    EXP_HEAP_FREED,       /* the block is free already */
    EXP_HEAP_BAD_HEADER,  /* the block's header has been overwritten */
    EXP_HEAP_OVERRUN,     /* the bytes behind the block have been overwritten */
    EXP_HEAP_WRONG_TAG,
    EXP_HEAP_BAD_FREE, /* a free block has been written to */
} EXP_HEAP_STATUS;

/* What a block is, or what is wrong with it. */
typedef struct _EXP_HEAP_INFO {
    void *Header;
    uint64_t Contents; /* first 8 bytes of the header */
    uint64_t Value;    /* EXP_HEAP_OVERRUN: what was found behind the block */
    uint64_t Size;
    uint32_t Tag;
    uint32_t Type;
} EXP_HEAP_INFO;

void ExpHeapInitialize(EXP_HEAP *Heap, uint32_t Id);

/* ExpHeapAddPage: give the heap a page of writable memory. */
void ExpHeapAddPage(EXP_HEAP *Heap, void *Page);

/*
 * ExpHeapTake: take a block.
 * => Size <= EXP_HEAP_MAXIMUM; CacheAligned: the block begins on a 64-byte boundary
 * => EXP_HEAP_OK, EXP_HEAP_NO_PAGE or EXP_HEAP_BAD_FREE (Info says where)
 */
EXP_HEAP_STATUS ExpHeapTake(EXP_HEAP *Heap, size_t Size, bool CacheAligned, EXP_BLOCK **Block,
                            EXP_HEAP_INFO *Info);

/* ExpHeapDress: make a taken block ready; returns its address for the caller's caller. */
void *ExpHeapDress(EXP_BLOCK *Block, size_t Size, uint32_t Type, uint32_t Tag);

/*
 * ExpHeapCheck: check a block that is to be freed, and mark it free.
 * => Address: not page-aligned, and the page that holds it is readable
 * => Tag: 0 = any
 * => EXP_HEAP_OK: *Id is its heap's, for ExpHeapPut; else nothing has changed
 */
EXP_HEAP_STATUS ExpHeapCheck(void *Address, uint32_t Tag, uint32_t *Id, EXP_HEAP_INFO *Info);

/*
 * ExpHeapPut: put a checked block back.
 * => a page that the heap does not want to keep, or NULL
 */
void *ExpHeapPut(EXP_HEAP *Heap, void *Address);

/* ExpHeapFill, ExpHeapVerifyFill: mark the bytes behind a block; find the first changed one. */
void ExpHeapFill(void *Bytes, size_t Count);
const void *ExpHeapVerifyFill(const void *Bytes, size_t Count);

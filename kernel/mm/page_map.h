/* SPDX-License-Identifier: MIT */
/*
 * page_map.h: which pages of physical memory are free.
 *
 * Two lives.  At first there is no storage, so pages are taken from the
 * ranges in ascending order and cannot be given back.  MiPageMapAttach then
 * brings a bitmap, one bit for each page of a free range, in which single
 * pages and runs are taken and given back.
 *
 * Pure: the caller serialises, and maps the bitmap.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "loader.h"

#define MI_PAGE_SHIFT 12
#define MI_NO_PAGE    UINT64_MAX

typedef struct _MI_PAGE_MAP {
    const LOADER_MEMORY *Memory;
    uint32_t MemoryCount;
    uint64_t LowestPage; /* pages below are never touched */
    uint64_t NextPage;   /* first life: every free page below is taken */
    uint64_t *Bitmap;    /* second life: set = free, in the order of the ranges; NULL before */
    uint64_t BitCount;
    uint64_t FreeCount;
    uint64_t Hint; /* no bit is set in the words below */
} MI_PAGE_MAP;

/*
 * MiPageMapInitialize: begin the first life.
 * => Memory: ascending ranges (loader.h), of which only LoaderMemoryFree counts;
 *    it must stay where it is
 */
void MiPageMapInitialize(MI_PAGE_MAP *Map, const LOADER_MEMORY *Memory, uint32_t MemoryCount,
                         uint64_t LowestPage);

/* MiPageMapBitmapSize: the size in bytes of the bitmap that MiPageMapAttach wants. */
size_t MiPageMapBitmapSize(const MI_PAGE_MAP *Map);

/*
 * MiPageMapAttach: begin the second life.
 * => Bitmap: MiPageMapBitmapSize bytes of zeros
 */
void MiPageMapAttach(MI_PAGE_MAP *Map, void *Bitmap);

/* MiPageMapTake: take the lowest free page; MI_NO_PAGE if there is none. */
uint64_t MiPageMapTake(MI_PAGE_MAP *Map);

/*
 * MiPageMapTakeRun: take Count neighbouring pages inside [Lowest, Highest] that do not cross a
 * multiple of Boundary pages (0 = may).
 * => second life only; MI_NO_PAGE if there are none
 */
uint64_t MiPageMapTakeRun(MI_PAGE_MAP *Map, uint64_t Count, uint64_t Lowest, uint64_t Highest,
                          uint64_t Boundary);

/*
 * MiPageMapGive: give a page back.
 * => second life only
 * => false, nothing changed: the page is free already, or never was the map's
 */
bool MiPageMapGive(MI_PAGE_MAP *Map, uint64_t Page);

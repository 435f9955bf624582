/* SPDX-License-Identifier: MIT */
/*
 * range_map.h: which ranges of the kernel's virtual addresses are free.
 *
 * A list of free extents in ascending order, neighbours joined.  Its nodes are
 * the caller's to supply, since an extent is not mapped and cannot hold its
 * own node.  Taking a range never needs a node, giving one back needs at most
 * one.
 *
 * Pure: the caller serialises.  Addresses are page numbers; 0 is none.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct _MI_EXTENT {
    struct _MI_EXTENT *Next;
    uint64_t Page;
    uint64_t Pages;
} MI_EXTENT;

typedef struct _MI_RANGE_MAP {
    MI_EXTENT *Free;  /* ascending */
    MI_EXTENT *Spare; /* unused nodes */
    uint64_t FreePages;
} MI_RANGE_MAP;

typedef enum _MI_RANGE_STATUS {
    MI_RANGE_GIVEN,
    MI_RANGE_NO_NODE, /* nothing changed: MiRangeMapAddNodes, then again */
    MI_RANGE_OVERLAP, /* nothing changed: part of it is free already */
} MI_RANGE_STATUS;

/* MiRangeMapAddNodes: supply nodes; the memory is the map's for ever. */
void MiRangeMapAddNodes(MI_RANGE_MAP *Map, void *Memory, size_t Bytes);

/* MiRangeMapTake: take Pages pages; 0 if there is no extent of that size. */
uint64_t MiRangeMapTake(MI_RANGE_MAP *Map, uint64_t Pages);

/* MiRangeMapGive: give pages back; also how a new map gets its first extent. */
MI_RANGE_STATUS MiRangeMapGive(MI_RANGE_MAP *Map, uint64_t Page, uint64_t Pages);

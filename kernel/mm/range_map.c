/* SPDX-License-Identifier: MIT */
/* range_map.c: see range_map.h. */
#include "range_map.h"

static void MiPushSpare(MI_RANGE_MAP *Map, MI_EXTENT *Node)
{
    Node->Next = Map->Spare;
    Map->Spare = Node;
}

void MiRangeMapAddNodes(MI_RANGE_MAP *Map, void *Memory, size_t Bytes)
{
    MI_EXTENT *Nodes = Memory;

    for (size_t Index = 0; Index < Bytes / sizeof(MI_EXTENT); Index++) {
        MiPushSpare(Map, &Nodes[Index]);
    }
}

uint64_t MiRangeMapTake(MI_RANGE_MAP *Map, uint64_t Pages)
{
    for (MI_EXTENT **Link = &Map->Free; Pages != 0 && *Link != NULL; Link = &(*Link)->Next) {
        MI_EXTENT *Extent = *Link;
        uint64_t Page = Extent->Page;

        if (Extent->Pages < Pages) {
            continue;
        }
        Extent->Page += Pages;
        Extent->Pages -= Pages;
        Map->FreePages -= Pages;
        if (Extent->Pages == 0) {
            *Link = Extent->Next;
            MiPushSpare(Map, Extent);
        }
        return Page;
    }
    return 0;
}

MI_RANGE_STATUS MiRangeMapGive(MI_RANGE_MAP *Map, uint64_t Page, uint64_t Pages)
{
    MI_EXTENT **Link = &Map->Free, *Before = NULL, *After, *Node;

    while (*Link != NULL && (*Link)->Page < Page) {
        Before = *Link;
        Link = &Before->Next;
    }
    After = *Link;
    if ((Before != NULL && Page - Before->Page < Before->Pages) ||
        (After != NULL && After->Page - Page < Pages)) {
        return MI_RANGE_OVERLAP;
    }
    if (Before != NULL && Before->Page + Before->Pages == Page) {
        Before->Pages += Pages;
        if (After != NULL && After->Page == Page + Pages) {
            Before->Pages += After->Pages;
            Before->Next = After->Next;
            MiPushSpare(Map, After);
        }
    } else if (After != NULL && After->Page == Page + Pages) {
        After->Page = Page;
        After->Pages += Pages;
    } else if (Map->Spare == NULL) {
        return MI_RANGE_NO_NODE;
    } else {
        Node = Map->Spare;
        Map->Spare = Node->Next;
        *Node = (MI_EXTENT){ .Next = After, .Page = Page, .Pages = Pages };
        *Link = Node;
    }
    Map->FreePages += Pages;
    return MI_RANGE_GIVEN;
}

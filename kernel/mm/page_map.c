/* SPDX-License-Identifier: MIT */
/* page_map.c: see page_map.h. */
#include "page_map.h"

#define MI_WORD_BITS 64u

/* MiRangeOf: the pages of a range that are the map's: [*First, *End). */
static bool MiRangeOf(const MI_PAGE_MAP *Map, uint32_t Index, uint64_t *First, uint64_t *End)
{
    const LOADER_MEMORY *Range = &Map->Memory[Index];

    if (Range->Type != LoaderMemoryFree) {
        return false;
    }
    *First = Range->Base >> MI_PAGE_SHIFT;
    *End = *First + Range->Pages;
    if (*First < Map->LowestPage) {
        *First = Map->LowestPage;
    }
    return *First < *End;
}

/* MiPageToBit: the bit of a page; MI_NO_PAGE if it is not the map's. */
static uint64_t MiPageToBit(const MI_PAGE_MAP *Map, uint64_t Page)
{
    uint64_t Bit = 0, First, End;

    for (uint32_t Index = 0; Index < Map->MemoryCount; Index++) {
        if (!MiRangeOf(Map, Index, &First, &End)) {
            continue;
        }
        if (Page >= First && Page < End) {
            return Bit + (Page - First);
        }
        Bit += End - First;
    }
    return MI_NO_PAGE;
}

/* MiBitToPage: the page of a bit, and how many bits of the same range begin there. */
static uint64_t MiBitToPage(const MI_PAGE_MAP *Map, uint64_t Bit, uint64_t *Left)
{
    uint64_t First, End;

    for (uint32_t Index = 0; Index < Map->MemoryCount; Index++) {
        if (!MiRangeOf(Map, Index, &First, &End)) {
            continue;
        }
        if (Bit < End - First) {
            *Left = End - First - Bit;
            return First + Bit;
        }
        Bit -= End - First;
    }
    *Left = 0;
    return MI_NO_PAGE;
}

static bool MiTestBit(const MI_PAGE_MAP *Map, uint64_t Bit)
{
    return (Map->Bitmap[Bit / MI_WORD_BITS] >> (Bit % MI_WORD_BITS)) & 1;
}

static void MiSetBit(MI_PAGE_MAP *Map, uint64_t Bit)
{
    Map->Bitmap[Bit / MI_WORD_BITS] |= 1ull << (Bit % MI_WORD_BITS);
}

static void MiClearBit(MI_PAGE_MAP *Map, uint64_t Bit)
{
    Map->Bitmap[Bit / MI_WORD_BITS] &= ~(1ull << (Bit % MI_WORD_BITS));
}

void MiPageMapInitialize(MI_PAGE_MAP *Map, const LOADER_MEMORY *Memory, uint32_t MemoryCount,
                         uint64_t LowestPage)
{
    uint64_t First, End;

    *Map = (MI_PAGE_MAP){ .Memory = Memory, .MemoryCount = MemoryCount, .LowestPage = LowestPage };
    for (uint32_t Index = 0; Index < MemoryCount; Index++) {
        if (MiRangeOf(Map, Index, &First, &End)) {
            Map->BitCount += End - First;
        }
    }
    Map->FreeCount = Map->BitCount;
}

size_t MiPageMapBitmapSize(const MI_PAGE_MAP *Map)
{
    return (Map->BitCount + MI_WORD_BITS - 1) / MI_WORD_BITS * sizeof(uint64_t);
}

void MiPageMapAttach(MI_PAGE_MAP *Map, void *Bitmap)
{
    uint64_t Bit = 0, First, End;

    Map->Bitmap = Bitmap;
    for (uint32_t Index = 0; Index < Map->MemoryCount; Index++) {
        if (!MiRangeOf(Map, Index, &First, &End)) {
            continue;
        }
        for (; First < End; First++, Bit++) {
            if (First >= Map->NextPage) {
                MiSetBit(Map, Bit);
            }
        }
    }
}

/* MiTakeFirst: MiPageMapTake's first life. */
static uint64_t MiTakeFirst(MI_PAGE_MAP *Map)
{
    uint64_t First, End;

    for (uint32_t Index = 0; Index < Map->MemoryCount; Index++) {
        if (!MiRangeOf(Map, Index, &First, &End) || Map->NextPage >= End) {
            continue;
        }
        if (Map->NextPage < First) {
            Map->NextPage = First;
        }
        Map->FreeCount--;
        return Map->NextPage++;
    }
    return MI_NO_PAGE;
}

uint64_t MiPageMapTake(MI_PAGE_MAP *Map)
{
    uint64_t Words = MiPageMapBitmapSize(Map) / sizeof(uint64_t), Left;

    if (Map->Bitmap == NULL) {
        return MiTakeFirst(Map);
    }
    for (; Map->Hint < Words; Map->Hint++) {
        if (Map->Bitmap[Map->Hint] != 0) {
            uint64_t Bit =
                Map->Hint * MI_WORD_BITS + (unsigned)__builtin_ctzll(Map->Bitmap[Map->Hint]);

            MiClearBit(Map, Bit);
            Map->FreeCount--;
            return MiBitToPage(Map, Bit, &Left);
        }
    }
    return MI_NO_PAGE;
}

/* MiFindRun: the first bit in [Bit, End) at which Count set bits begin; MI_NO_PAGE if none. */
static uint64_t MiFindRun(const MI_PAGE_MAP *Map, uint64_t Bit, uint64_t End, uint64_t Count,
                          uint64_t FirstPage, uint64_t Boundary)
{
    uint64_t Start = Bit, Page;

    for (uint64_t At = Bit; At < End; At++) {
        if (!MiTestBit(Map, At)) {
            Start = At + 1;
            continue;
        }
        Page = FirstPage + (Start - Bit);
        if (Boundary != 0 && Page / Boundary != (FirstPage + (At - Bit)) / Boundary) {
            Start = At;
        }
        if (At - Start + 1 == Count) {
            return Start;
        }
    }
    return MI_NO_PAGE;
}

uint64_t MiPageMapTakeRun(MI_PAGE_MAP *Map, uint64_t Count, uint64_t Lowest, uint64_t Highest,
                          uint64_t Boundary)
{
    uint64_t Base = 0, First, End, Low, High, Bit;

    if (Count == 0) {
        return MI_NO_PAGE;
    }
    for (uint32_t Index = 0; Index < Map->MemoryCount; Index++) {
        if (!MiRangeOf(Map, Index, &First, &End)) {
            continue;
        }
        Low = First > Lowest ? First : Lowest;
        High = End - 1 < Highest ? End : Highest + 1;
        if (Low < High && High - Low >= Count) {
            Bit = MiFindRun(Map, Base + (Low - First), Base + (High - First), Count, Low, Boundary);
            if (Bit != MI_NO_PAGE) {
                for (uint64_t Offset = 0; Offset < Count; Offset++) {
                    MiClearBit(Map, Bit + Offset);
                }
                Map->FreeCount -= Count;
                return First + (Bit - Base);
            }
        }
        Base += End - First;
    }
    return MI_NO_PAGE;
}

bool MiPageMapGive(MI_PAGE_MAP *Map, uint64_t Page)
{
    uint64_t Bit = MiPageToBit(Map, Page);

    if (Bit == MI_NO_PAGE || MiTestBit(Map, Bit)) {
        return false;
    }
    MiSetBit(Map, Bit);
    Map->FreeCount++;
    if (Bit / MI_WORD_BITS < Map->Hint) {
        Map->Hint = Bit / MI_WORD_BITS;
    }
    return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * sort.c: sorting and searching arrays.
 *
 * Heap sort: no recursion and no allocation, so that it needs a constant
 * amount of kernel stack, and no input makes it slow.  It is not stable, which
 * the reference pages do not promise either.
 *
 * Any IRQL that the comparison routine allows, if the array is resident.
 */
#include "crt.h"

static void RtlpSwap(uint8_t *First, uint8_t *Second, size_t Size)
{
    for (; Size > 0; Size--) {
        uint8_t Byte = *First;

        *First++ = *Second;
        *Second++ = Byte;
    }
}

/* RtlpSift: move the root down until both its children are smaller. */
static void RtlpSift(uint8_t *Base, size_t Root, size_t Count, size_t Size, RTLP_COMPARE_S Compare,
                     void *Context)
{
    while (Root < Count / 2) {
        size_t Child = 2 * Root + 1;

        if (Child + 1 < Count &&
            Compare(Context, Base + Child * Size, Base + (Child + 1) * Size) < 0)
            Child++;
        if (Compare(Context, Base + Root * Size, Base + Child * Size) >= 0)
            return;
        RtlpSwap(Base + Root * Size, Base + Child * Size, Size);
        Root = Child;
    }
}

/* qsort_s: sort an array, with a context for the comparison. ["qsort_s"] */
void RTLCRT qsort_s(void *Base, size_t Count, size_t Size, RTLP_COMPARE_S Compare, void *Context)
{
    size_t Index;

    if (Base == NULL || Size == 0 || Compare == NULL)
        return;
    for (Index = Count / 2; Index > 0; Index--)
        RtlpSift(Base, Index - 1, Count, Size, Compare, Context);
    for (Index = Count; Index > 1; Index--) {
        RtlpSwap(Base, (uint8_t *)Base + (Index - 1) * Size, Size);
        RtlpSift(Base, 0, Index - 1, Size, Compare, Context);
    }
}

/* bsearch_s: find a key in a sorted array; NULL if it is not there. ["bsearch_s"] */
void *RTLCRT bsearch_s(const void *Key, const void *Base, size_t Count, size_t Size,
                       RTLP_COMPARE_S Compare, void *Context)
{
    const uint8_t *First = Base;

    if (Key == NULL || Base == NULL || Size == 0 || Compare == NULL)
        return NULL;
    while (Count > 0) {
        const uint8_t *Middle = First + Count / 2 * Size;
        int Order = Compare(Context, Key, Middle);

        if (Order == 0)
            return (void *)(uintptr_t)Middle;
        if (Order > 0) {
            First = Middle + Size;
            Count -= Count / 2 + 1;
        } else {
            Count /= 2;
        }
    }
    return NULL;
}

/* RtlpComparePlain: let the context be a pointer to the comparison without one. */
static int RTLCRT RtlpComparePlain(void *Context, const void *First, const void *Second)
{
    return (*(RTLP_COMPARE *)Context)(First, Second);
}

/* qsort: sort an array. ["qsort"] */
void RTLCRT qsort(void *Base, size_t Count, size_t Size, RTLP_COMPARE Compare)
{
    if (Compare != NULL)
        qsort_s(Base, Count, Size, RtlpComparePlain, &Compare);
}

/* bsearch: find a key in a sorted array; NULL if it is not there. ["bsearch"] */
void *RTLCRT bsearch(const void *Key, const void *Base, size_t Count, size_t Size,
                     RTLP_COMPARE Compare)
{
    return Compare != NULL ? bsearch_s(Key, Base, Count, Size, RtlpComparePlain, &Compare) : NULL;
}

/* SPDX-License-Identifier: MIT */
/* stack.c: kernel stacks, each with an unmapped page below. */
#include "mi.h"

/*
 * MmCreateStack: allocate a stack.
 * => Bytes is rounded up to pages
 * => its highest address, NULL if memory is short.  Any IRQL.
 */
PVOID NTAPI MmCreateStack(SIZE_T Bytes)
{
    SIZE_T Pages = (Bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
    PUCHAR Guard = MiReserveRange(Pages + 1);

    if (Guard == NULL) {
        return NULL;
    }
    if (!MiCommitPages(Guard + PAGE_SIZE, Pages, HAL_PAGE_READ | HAL_PAGE_WRITE)) {
        MiReleaseRange(Guard, Pages + 1);
        return NULL;
    }
    return Guard + (Pages + 1) * PAGE_SIZE;
}

/*
 * MmDeleteStack: free a stack.
 * => StackBase, Bytes: as MmCreateStack had them; nobody runs on it.  IRQL < IPI_LEVEL.
 */
VOID MmDeleteStack(PVOID StackBase, SIZE_T Bytes)
{
    SIZE_T Pages = (Bytes + PAGE_SIZE - 1) >> PAGE_SHIFT;
    PUCHAR Guard = (PUCHAR)StackBase - (Pages + 1) * PAGE_SIZE;

    MiDecommitPages(Guard + PAGE_SIZE, Pages);
    MiReleaseRange(Guard, Pages + 1);
}

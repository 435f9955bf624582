/* SPDX-License-Identifier: MIT */
/*
 * flush.c: dropping TLB entries on every processor.
 *
 * A rendezvous of the kernel's own: when it returns no processor has the old
 * translation, and none was between translation and access.
 */
#include "ki.h"

typedef struct _KI_FLUSH {
    PVOID Address;
    SIZE_T Pages;
} KI_FLUSH;

static ULONG_PTR NTAPI KiFlushWorker(ULONG_PTR Context)
{
    const KI_FLUSH *Flush = (const KI_FLUSH *)Context;

    HalFlushPages(Flush->Address, Flush->Pages);
    return 0;
}

/*
 * KiFlushEverywhere: drop the TLB entries of a range on every active processor.
 *  => IRQL < IPI_LEVEL; no lock held that a processor waits for with interrupts off and without polling.
 */
VOID KiFlushEverywhere(PVOID Address, SIZE_T Pages)
{
    KI_FLUSH Flush = {Address, Pages};

    KiRunEverywhere(KiFlushWorker, (ULONG_PTR)&Flush);
}

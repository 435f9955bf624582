/* SPDX-License-Identifier: MIT */
/*
 * slist.c: sequenced singly linked lists.
 *
 * The header's 16 bytes change as one (cmpxchg16b), so the routines may be
 * used at any IRQL and in a call's routine.  Every change counts the sequence
 * up: an entry that was taken and put back in the meantime is not mistaken for
 * the same state.
 *
 * Pop reads Next of an entry that another processor may have taken, freed and
 * unmapped since.  That read may fault; it is done by ExpReadSListNext, whose
 * fault ExFixFault turns into "try again" unless the entry is still first, in
 * which case the list itself is broken and the fault is real.  An NMI handler
 * may push, but not pop: returning from a fault lets the next NMI in, on the
 * same stack.
 *
 * Reference: "Sequenced Singly Linked Lists".
 */
#include "exp.h"

/* slist_read.S: *Entry, or EXP_SLIST_FAULT if that cannot be read. */
#define EXP_SLIST_FAULT ((PSLIST_ENTRY)1)
PSLIST_ENTRY NTAPI ExpReadSListNext(PSLIST_ENTRY Entry);
extern UCHAR ExpReadSListNextFault[], ExpReadSListNextResume[];

#define EXP_DEPTH_MASK 0xFFFFull
#define EXP_SEQUENCE   0x10000ull
#define EXP_FLAGS      0xFull /* HeaderType and what is reserved */

static PSLIST_ENTRY ExpFirstEntry(const SLIST_HEADER *List)
{
    return (PSLIST_ENTRY)(List->Region & ~EXP_FLAGS);
}

/*
 * ExpReadSList: read the header.
 * => the halves may be of different states: then the exchange fails
 */
static SLIST_HEADER ExpReadSList(PSLIST_HEADER List)
{
    SLIST_HEADER Read;

    Read.Alignment = KiLoadAcquire(&List->Alignment); /* partner: ExpExchangeSList */
    Read.Region = KiLoadAcquire(&List->Region);
    return Read;
}

/* ExpExchangeSList: Full order: partner is the same exchange elsewhere. */
static BOOLEAN ExpExchangeSList(PSLIST_HEADER List, const SLIST_HEADER *Old, PSLIST_ENTRY First,
                                USHORT Depth)
{
    ULONG64 Low = Old->Alignment, High = Old->Region;
    BOOLEAN Done;

    __asm__ volatile("lock cmpxchg16b %1"
                     : "=@ccz"(Done), "+m"(*List), "+a"(Low), "+d"(High)
                     : "b"(((Old->Alignment & ~EXP_DEPTH_MASK) + EXP_SEQUENCE) | Depth),
                       "c"((ULONG64)First | (Old->Region & EXP_FLAGS))
                     : "memory");
    return Done;
}

/* InitializeSListHead: make a list empty. ["InitializeSListHead"] */
VOID NTAPI(InitializeSListHead)(PSLIST_HEADER SListHead)
{
    SListHead->Alignment = 0;
    SListHead->Region = 0;
    SListHead->HeaderX64.HeaderType = 1;
}

/*
 * ExpInterlockedPushEntrySList: put an entry in front.
 * ["ExInterlockedPushEntrySList macro (wdm.h)"]
 * => the entry that was first, NULL if there was none.  Any IRQL.
 */
PSLIST_ENTRY ExpInterlockedPushEntrySList(PSLIST_HEADER ListHead, PSLIST_ENTRY ListEntry)
{
    SLIST_HEADER Old;

    do {
        Old = ExpReadSList(ListHead);
        KiStoreRelaxed(&ListEntry->Next, ExpFirstEntry(&Old));
    } while (!ExpExchangeSList(ListHead, &Old, ListEntry, (USHORT)(Old.Alignment + 1)));
    return ExpFirstEntry(&Old);
}

/*
 * ExpInterlockedPopEntrySList: take the first entry.
 * ["ExInterlockedPopEntrySList macro (wdm.h)"]
 * => NULL if there is none.  Any IRQL.
 */
PSLIST_ENTRY ExpInterlockedPopEntrySList(PSLIST_HEADER ListHead)
{
    SLIST_HEADER Old;
    PSLIST_ENTRY First, Next;

    do {
        Old = ExpReadSList(ListHead);
        First = ExpFirstEntry(&Old);
        if (First == NULL) {
            return NULL;
        }
        Next = ExpReadSListNext(First);
        if (Next == EXP_SLIST_FAULT && KiLoadAcquire(&ListHead->Alignment) == Old.Alignment) {
            Next = KiLoadRelaxed(&First->Next); /* the list is broken: fault for good */
        }
    } while (Next == EXP_SLIST_FAULT ||
             !ExpExchangeSList(ListHead, &Old, Next, (USHORT)(Old.Alignment - 1)));
    return First;
}

/*
 * ExpInterlockedFlushSList: take all entries.
 * ["ExInterlockedFlushSList function (wdm.h)"]
 * => the first of them; they stay linked.  Any IRQL.
 */
PSLIST_ENTRY ExpInterlockedFlushSList(PSLIST_HEADER ListHead)
{
    SLIST_HEADER Old;

    do {
        Old = ExpReadSList(ListHead);
        if (ExpFirstEntry(&Old) == NULL) {
            return NULL;
        }
    } while (!ExpExchangeSList(ListHead, &Old, NULL, 0));
    return ExpFirstEntry(&Old);
}

/* ExQueryDepthSList: how many entries there are. ["ExQueryDepthSList function (wdm.h)"] */
USHORT ExQueryDepthSList(PSLIST_HEADER ListHead)
{
    return (USHORT)KiLoadRelaxed(&ListHead->Alignment);
}

/*
 * ExFixFault: is this fault one of those that the executive provides for?
 * => for the exception entry, before all else; TRUE: resume the frame.  Any IRQL.
 */
BOOLEAN ExFixFault(PHAL_TRAP_FRAME Frame)
{
    if (Frame->Rip != (ULONG64)ExpReadSListNextFault) {
        return FALSE;
    }
    Frame->Rip = (ULONG64)ExpReadSListNextResume;
    return TRUE;
}

/* SPDX-License-Identifier: MIT */
/*
 * pool_leak.c: which blocks of pool drivers have allocated, so that what one leaves behind at its
 * unload can be said, by tag.
 *
 * A block is its driver's if the allocating call came from the driver's code.
 * The table has room for EXP_TRACKED blocks at a time; those beyond are not
 * tracked, and nothing is said of them.  The entries of a chain, and the free
 * ones, are linked by their numbers, from 1 on.
 */
#include "pool_block.h"

#include "../ke/ki_leftover.h"
#include "../rtl/format.h"

#define EXP_TRACKED 2048u
#define EXP_CHAINS  512u

typedef struct _EXP_TRACK {
    PVOID Address;
    PVOID Caller;
    ULONG Bytes;
    ULONG Tag;
    USHORT Next;
} EXP_TRACK;

static EXP_TRACK ExpTracks[EXP_TRACKED + 1];
static USHORT ExpChains[EXP_CHAINS];
static USHORT ExpFree;   /* the first entry that was given back */
static ULONG ExpUsed;    /* entries that were ever used */
static ULONG64 ExpTrackLock;

static USHORT *ExpChainAt(PVOID Address)
{
    ULONG64 Place = (ULONG64)Address >> 4;

    return &ExpChains[(Place ^ (Place >> 9) ^ (Place >> 18)) % EXP_CHAINS];
}

VOID ExpTrackBlock(PVOID Address, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    USHORT *Chain = ExpChainAt(Address);
    USHORT Entry;
    BOOLEAN Enabled;

    if (!MmIsDriverAddress(Caller)) {
        return;
    }
    Enabled = KiLockWord(&ExpTrackLock);
    Entry = ExpFree;
    if (Entry != 0) {
        ExpFree = ExpTracks[Entry].Next;
    } else if (ExpUsed < EXP_TRACKED) {
        Entry = (USHORT)++ExpUsed;
    }
    if (Entry != 0) {
        ExpTracks[Entry] = (EXP_TRACK){ Address, Caller, (ULONG)Bytes, Tag, *Chain };
        *Chain = Entry;
    }
    KiUnlockWord(&ExpTrackLock, Enabled);
}

VOID ExpUntrackBlock(PVOID Address)
{
    BOOLEAN Enabled = KiLockWord(&ExpTrackLock);
    USHORT *Link = ExpChainAt(Address);

    while (*Link != 0 && ExpTracks[*Link].Address != Address) {
        Link = &ExpTracks[*Link].Next;
    }
    if (*Link != 0) {
        USHORT Entry = *Link;

        *Link = ExpTracks[Entry].Next;
        ExpTracks[Entry] = (EXP_TRACK){ .Next = ExpFree };
        ExpFree = Entry;
    }
    KiUnlockWord(&ExpTrackLock, Enabled);
}

/* What a driver has left of one tag. */
typedef struct _EXP_LEAK {
    ULONG Tag;
    ULONG Blocks;
    ULONG64 Bytes;
    PVOID Caller; /* of the first */
} EXP_LEAK;

/* ExpTakeLeak: sum up the blocks of one tag, and forget them.  => FALSE: there are none left */
static BOOLEAN ExpTakeLeak(PVOID Base, SIZE_T Size, EXP_LEAK *Leak)
{
    BOOLEAN Enabled = KiLockWord(&ExpTrackLock);

    *Leak = (EXP_LEAK){ 0 };
    for (ULONG Entry = 1; Entry <= ExpUsed; Entry++) {
        EXP_TRACK *Track = &ExpTracks[Entry];

        if ((ULONG_PTR)Track->Caller - (ULONG_PTR)Base >= Size ||
            (Leak->Blocks != 0 && Track->Tag != Leak->Tag)) {
            continue;
        }
        if (Leak->Blocks++ == 0) {
            Leak->Tag = Track->Tag;
            Leak->Caller = Track->Caller;
        }
        Leak->Bytes += Track->Bytes;
        Track->Caller = NULL; /* it stays in its chain until it is freed */
    }
    KiUnlockWord(&ExpTrackLock, Enabled);
    return Leak->Blocks != 0;
}

/* ExpPrint: => the length of the text, which is cut to fit */
static ULONG ExpPrint(CHAR *Buffer, ULONG Size, const CHAR *Format, ...)
{
    __builtin_ms_va_list Arguments;
    int Length;

    __builtin_ms_va_start(Arguments, Format);
    Length = RtlpFormat(Buffer, Size, Format, Arguments);
    __builtin_ms_va_end(Arguments);
    return (ULONG)Length < Size ? (ULONG)Length : Size - 1;
}

VOID ExReportLeaks(PVOID Base, SIZE_T Size, const CHAR *Name)
{
    RECORD_FINDING Note = { .Note = 1 };
    CHAR Text[160], Tag[5] = "";
    EXP_LEAK Leak;
    ULONG Length;

    while (ExpTakeLeak(Base, Size, &Leak)) {
        for (ULONG Index = 0; Index < 4; Index++) {
            CHAR Character = (CHAR)(Leak.Tag >> 8 * Index);

            Tag[Index] = Character >= ' ' && Character <= '~' ? Character : '.';
        }
        Length = ExpPrint(Text, sizeof(Text),
                          "%.60s leaves pool behind: tag '%s', %u block%s, %I64u bytes", Name, Tag,
                          Leak.Blocks, Leak.Blocks == 1 ? "" : "s", Leak.Bytes);
        Note.Processor = KiCurrentPrcb()->Number;
        Note.Address = (ULONG64)Leak.Caller;
        KdReport(RecordFinding, &Note, sizeof(Note), Text, Length);
    }
}

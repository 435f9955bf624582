/* SPDX-License-Identifier: MIT */
/*
 * bitrun.c: finding runs of set or clear bits in a bitmap.
 *
 * IRQL and locking as in bitmap.c.
 */
#include "rtlp.h"

#define RTLP_BITS      32u
#define RTLP_NOT_FOUND MAXULONG

/* RtlpFindBit: first bit of a value at or after Index and before End, else End. */
static ULONG RtlpFindBit(const RTL_BITMAP *BitMap, ULONG Index, ULONG End, BOOLEAN Set)
{
    while (Index < End) {
        ULONG Word = BitMap->Buffer[Index / RTLP_BITS];
        ULONG Rest = RTLP_BITS - Index % RTLP_BITS;

        Word = (Set ? Word : ~Word) >> (Index % RTLP_BITS);
        if (Word != 0) {
            ULONG Found = (ULONG)__builtin_ctz(Word);

            return Found < End - Index ? Index + Found : End;
        }
        if (Rest >= End - Index)
            break;
        Index += Rest;
    }
    return End;
}

/* RtlpFindRun: first run of Count bits of a value that lies in [Index, End). */
static ULONG RtlpFindRun(const RTL_BITMAP *BitMap, ULONG Index, ULONG End, ULONG Count,
                         BOOLEAN Set)
{
    while (Index < End) {
        ULONG Start = RtlpFindBit(BitMap, Index, End, Set);

        if (End - Start < Count)
            break;
        Index = RtlpFindBit(BitMap, Start, Start + Count, !Set);
        if (Index == Start + Count)
            return Start;
    }
    return RTLP_NOT_FOUND;
}

/*
 * RtlpFindBits: the search that the four routines below share.
 *
 * => From the hint to the end, then from the beginning; a hint outside is 0.
 */
static ULONG RtlpFindBits(const RTL_BITMAP *BitMap, ULONG Count, ULONG Hint, BOOLEAN Set)
{
    ULONG Size = BitMap->SizeOfBitMap, Start, End;

    if (Hint >= Size)
        Hint = 0;
    if (Count == 0)
        return Hint;
    if (Count > Size)
        return RTLP_NOT_FOUND;
    Start = RtlpFindRun(BitMap, Hint, Size, Count, Set);
    if (Start != RTLP_NOT_FOUND || Hint == 0)
        return Start;
    End = Count - 1 < Size - Hint ? Hint + Count - 1 : Size;
    return RtlpFindRun(BitMap, 0, End, Count, Set);
}

/*
 * RtlFindClearBits: find a run of clear bits.
 * ["RtlFindClearBits function (wdm.h)"]
 *
 * => Its index, or 0xFFFFFFFF.
 */
ULONG NTAPI RtlFindClearBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return RtlpFindBits(BitMapHeader, NumberToFind, HintIndex, FALSE);
}

/* RtlFindSetBits: find a run of set bits. ["RtlFindSetBits function (wdm.h)"] */
ULONG NTAPI RtlFindSetBits(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    return RtlpFindBits(BitMapHeader, NumberToFind, HintIndex, TRUE);
}

/*
 * RtlFindClearBitsAndSet: find a run of clear bits and set it.
 * ["RtlFindClearBitsAndSet function (wdm.h)"]
 */
ULONG NTAPI RtlFindClearBitsAndSet(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Start = RtlpFindBits(BitMapHeader, NumberToFind, HintIndex, FALSE);

    if (Start != RTLP_NOT_FOUND)
        RtlSetBits(BitMapHeader, Start, NumberToFind);
    return Start;
}

/*
 * RtlFindSetBitsAndClear: find a run of set bits and clear it.
 * ["RtlFindSetBitsAndClear function (wdm.h)"]
 */
ULONG NTAPI RtlFindSetBitsAndClear(PRTL_BITMAP BitMapHeader, ULONG NumberToFind, ULONG HintIndex)
{
    ULONG Start = RtlpFindBits(BitMapHeader, NumberToFind, HintIndex, TRUE);

    if (Start != RTLP_NOT_FOUND)
        RtlClearBits(BitMapHeader, Start, NumberToFind);
    return Start;
}

/*
 * RtlFindNextForwardRunClear: find the next run of clear bits, whatever its length.
 * ["RtlFindNextForwardRunClear function (wdm.h)"]
 *
 * => Its length, 0 if there is none; its index at *StartingRunIndex, which is
 *    the end of the bitmap if there is none.
 */
ULONG NTAPI RtlFindNextForwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                       PULONG StartingRunIndex)
{
    ULONG Size = BitMapHeader->SizeOfBitMap;
    ULONG Start = FromIndex < Size ? RtlpFindBit(BitMapHeader, FromIndex, Size, FALSE) : Size;

    *StartingRunIndex = Start;
    return RtlpFindBit(BitMapHeader, Start, Size, TRUE) - Start;
}

/*
 * RtlFindLastBackwardRunClear: find the run of clear bits at or before an index.
 * ["RtlFindLastBackwardRunClear function (wdm.h)"]
 *
 * => The run ends at FromIndex or earlier; its length and index as above, with
 *    FromIndex as the index if there is none.
 */
ULONG NTAPI RtlFindLastBackwardRunClear(PRTL_BITMAP BitMapHeader, ULONG FromIndex,
                                        PULONG StartingRunIndex)
{
    ULONG End, Start;

    *StartingRunIndex = FromIndex;
    if (BitMapHeader->SizeOfBitMap == 0)
        return 0;
    End = FromIndex < BitMapHeader->SizeOfBitMap ? FromIndex + 1 : BitMapHeader->SizeOfBitMap;
    while (End > 0 && RtlTestBit(BitMapHeader, End - 1))
        End--;
    if (End == 0)
        return 0;
    for (Start = End; Start > 0 && !RtlTestBit(BitMapHeader, Start - 1); Start--)
        continue;
    *StartingRunIndex = Start;
    return End - Start;
}

/*
 * RtlFindFirstRunClear: find the first run of clear bits.
 * ["RtlFindFirstRunClear function (wdm.h)"]
 */
ULONG NTAPI RtlFindFirstRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    return RtlFindNextForwardRunClear(BitMapHeader, 0, StartingIndex);
}

/*
 * RtlFindLongestRunClear: find the longest run of clear bits, the first of equals.
 * ["RtlFindLongestRunClear function (wdm.h)"]
 */
ULONG NTAPI RtlFindLongestRunClear(PRTL_BITMAP BitMapHeader, PULONG StartingIndex)
{
    RTL_BITMAP_RUN Run = { 0 };

    RtlFindClearRuns(BitMapHeader, &Run, 1, TRUE);
    *StartingIndex = Run.StartingIndex;
    return Run.NumberOfBits;
}

/* RtlpInsertRun: keep the longest runs, longest first; returns how many there are. */
static ULONG RtlpInsertRun(PRTL_BITMAP_RUN Runs, ULONG Count, ULONG Limit, RTL_BITMAP_RUN Run)
{
    ULONG Index;

    if (Count == Limit) {
        if (Runs[Count - 1].NumberOfBits >= Run.NumberOfBits)
            return Count;
        Count--;
    }
    for (Index = Count; Index > 0 && Runs[Index - 1].NumberOfBits < Run.NumberOfBits; Index--)
        Runs[Index] = Runs[Index - 1];
    Runs[Index] = Run;
    return Count + 1;
}

/*
 * RtlFindClearRuns: list runs of clear bits.
 * ["RtlFindClearRuns function (wdm.h)"]
 *
 * => The first ones in order, or the longest ones, longest first.
 * => Returns how many are in RunArray.
 */
ULONG NTAPI RtlFindClearRuns(PRTL_BITMAP BitMapHeader, PRTL_BITMAP_RUN RunArray,
                             ULONG SizeOfRunArray, BOOLEAN LocateLongestRuns)
{
    ULONG Count = 0, Index = 0;
    RTL_BITMAP_RUN Run;

    while (SizeOfRunArray > 0 && (LocateLongestRuns || Count < SizeOfRunArray)) {
        Run.NumberOfBits = RtlFindNextForwardRunClear(BitMapHeader, Index, &Run.StartingIndex);
        if (Run.NumberOfBits == 0)
            break;
        if (LocateLongestRuns)
            Count = RtlpInsertRun(RunArray, Count, SizeOfRunArray, Run);
        else
            RunArray[Count++] = Run;
        Index = Run.StartingIndex + Run.NumberOfBits;
    }
    return Count;
}

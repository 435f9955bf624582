/* SPDX-License-Identifier: MIT */
/*
 * bitmap.c: setting, clearing, testing and counting bits.
 *
 * A bitmap is an array of ULONGs, bit 0 first; the bits of the last one that
 * lie beyond SizeOfBitMap are never read for a result, and written only by
 * RtlSetAllBits and RtlClearAllBits.  Nothing is atomic: callers have a lock
 * of their own, as the reference pages ask for.
 *
 * Any IRQL if the bitmap is resident (documented: IRQL <= APC_LEVEL unless
 * it is).  Bits outside the bitmap are left alone and read as clear.
 */
#include "rtlp.h"

#define RTLP_BITS 32u

static ULONG RtlpWordMask(ULONG FirstBit, ULONG EndBit)
{
    ULONG Mask = MAXULONG << FirstBit;

    return EndBit < RTLP_BITS ? Mask & ~(MAXULONG << EndBit) : Mask;
}

/* RtlpClipRange: compute the end of a range within the bitmap; empty if it begins outside. */
static ULONG RtlpClipRange(const RTL_BITMAP *BitMap, ULONG Start, ULONG Length)
{
    if (Start >= BitMap->SizeOfBitMap)
        return Start;
    return Length < BitMap->SizeOfBitMap - Start ? Start + Length : BitMap->SizeOfBitMap;
}

static VOID RtlpChangeBits(PRTL_BITMAP BitMap, ULONG Start, ULONG Length, BOOLEAN Set)
{
    ULONG End = RtlpClipRange(BitMap, Start, Length);

    while (Start < End) {
        ULONG Word = Start / RTLP_BITS;
        ULONG Mask = RtlpWordMask(Start % RTLP_BITS, End - Word * RTLP_BITS);

        if (Set)
            BitMap->Buffer[Word] |= Mask;
        else
            BitMap->Buffer[Word] &= ~Mask;
        if (End - Start <= RTLP_BITS - Start % RTLP_BITS)
            break;
        Start = (Word + 1) * RTLP_BITS;
    }
}

static BOOLEAN RtlpAreBits(const RTL_BITMAP *BitMap, ULONG Start, ULONG Length, BOOLEAN Set)
{
    ULONG Index;

    if (Length == 0 || Start >= BitMap->SizeOfBitMap || Length > BitMap->SizeOfBitMap - Start)
        return FALSE;
    for (Index = Start; Index - Start < Length;) {
        ULONG Word = BitMap->Buffer[Index / RTLP_BITS];
        ULONG Left = Length - (Index - Start);
        ULONG FirstBit = Index % RTLP_BITS;
        ULONG Here = Left < RTLP_BITS - FirstBit ? Left : RTLP_BITS - FirstBit;

        if (((Set ? ~Word : Word) & RtlpWordMask(FirstBit, FirstBit + Here)) != 0)
            return FALSE;
        Index += Here;
    }
    return TRUE;
}

/* RtlInitializeBitMap: describe a bitmap. ["RtlInitializeBitMap function (wdm.h)"] */
VOID NTAPI RtlInitializeBitMap(PRTL_BITMAP BitMapHeader, PULONG BitMapBuffer, ULONG SizeOfBitMap)
{
    BitMapHeader->SizeOfBitMap = SizeOfBitMap;
    BitMapHeader->Buffer = BitMapBuffer;
}

/* RtlSetBit: set one bit. ["RtlSetBit function (wdm.h)"] */
VOID NTAPI RtlSetBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlpChangeBits(BitMapHeader, BitNumber, 1, TRUE);
}

/* RtlClearBit: clear one bit. ["RtlClearBit function (wdm.h)"] */
VOID NTAPI RtlClearBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    RtlpChangeBits(BitMapHeader, BitNumber, 1, FALSE);
}

/* RtlTestBit: read one bit. ["RtlTestBit function (wdm.h)"] */
BOOLEAN NTAPI RtlTestBit(PRTL_BITMAP BitMapHeader, ULONG BitNumber)
{
    return RtlpAreBits(BitMapHeader, BitNumber, 1, TRUE);
}

/* RtlSetBits: set a range. ["RtlSetBits function (wdm.h)"] */
VOID NTAPI RtlSetBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToSet)
{
    RtlpChangeBits(BitMapHeader, StartingIndex, NumberToSet, TRUE);
}

/* RtlClearBits: clear a range. ["RtlClearBits function (wdm.h)"] */
VOID NTAPI RtlClearBits(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG NumberToClear)
{
    RtlpChangeBits(BitMapHeader, StartingIndex, NumberToClear, FALSE);
}

static VOID RtlpFillBitMap(PRTL_BITMAP BitMap, UCHAR Fill)
{
    SIZE_T Words = ((SIZE_T)BitMap->SizeOfBitMap + RTLP_BITS - 1) / RTLP_BITS;

    memset(BitMap->Buffer, Fill, Words * sizeof(ULONG));
}

/* RtlSetAllBits: set the whole bitmap. ["RtlSetAllBits function (wdm.h)"] */
VOID NTAPI RtlSetAllBits(PRTL_BITMAP BitMapHeader)
{
    RtlpFillBitMap(BitMapHeader, 0xFF);
}

/* RtlClearAllBits: clear the whole bitmap. ["RtlClearAllBits function (wdm.h)"] */
VOID NTAPI RtlClearAllBits(PRTL_BITMAP BitMapHeader)
{
    RtlpFillBitMap(BitMapHeader, 0);
}

/*
 * RtlAreBitsSet: tell whether a whole range is set.
 * ["RtlAreBitsSet function (wdm.h)"]
 *
 * => FALSE for an empty range, or one that is not all inside.
 */
BOOLEAN NTAPI RtlAreBitsSet(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return RtlpAreBits(BitMapHeader, StartingIndex, Length, TRUE);
}

/*
 * RtlAreBitsClear: tell whether a whole range is clear.
 * ["RtlAreBitsClear function (wdm.h)"]
 *
 * => FALSE for an empty range, or one that is not all inside.
 */
BOOLEAN NTAPI RtlAreBitsClear(PRTL_BITMAP BitMapHeader, ULONG StartingIndex, ULONG Length)
{
    return RtlpAreBits(BitMapHeader, StartingIndex, Length, FALSE);
}

static ULONG RtlpCountBits(ULONGLONG Value)
{
    Value -= (Value >> 1) & 0x5555555555555555ull;
    Value = (Value & 0x3333333333333333ull) + ((Value >> 2) & 0x3333333333333333ull);
    Value = (Value + (Value >> 4)) & 0x0F0F0F0F0F0F0F0Full;
    return (ULONG)((Value * 0x0101010101010101ull) >> 56);
}

/* RtlNumberOfSetBits: count them. ["RtlNumberOfSetBits function (wdm.h)"] */
ULONG NTAPI RtlNumberOfSetBits(PRTL_BITMAP BitMapHeader)
{
    ULONG Word, Count = 0;
    ULONG Whole = BitMapHeader->SizeOfBitMap / RTLP_BITS;
    ULONG Rest = BitMapHeader->SizeOfBitMap % RTLP_BITS;

    for (Word = 0; Word < Whole; Word++)
        Count += RtlpCountBits(BitMapHeader->Buffer[Word]);
    if (Rest != 0)
        Count += RtlpCountBits(BitMapHeader->Buffer[Whole] & RtlpWordMask(0, Rest));
    return Count;
}

/* RtlNumberOfClearBits: count them. ["RtlNumberOfClearBits function (wdm.h)"] */
ULONG NTAPI RtlNumberOfClearBits(PRTL_BITMAP BitMapHeader)
{
    return BitMapHeader->SizeOfBitMap - RtlNumberOfSetBits(BitMapHeader);
}

/*
 * RtlNumberOfSetBitsUlongPtr: count the set bits of a value.
 * ["RtlNumberOfSetBitsUlongPtr function (wdm.h)"]
 */
ULONG NTAPI RtlNumberOfSetBitsUlongPtr(ULONG_PTR Target)
{
    return RtlpCountBits(Target);
}

/*
 * RtlFindMostSignificantBit: number of the highest set bit; -1 if there is none.
 * ["RtlFindMostSignificantBit function (wdm.h)"]
 */
CCHAR NTAPI RtlFindMostSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)(63 - __builtin_clzll(Set));
}

/*
 * RtlFindLeastSignificantBit: number of the lowest set bit; -1 if there is none.
 * ["RtlFindLeastSignificantBit function (wdm.h)"]
 */
CCHAR NTAPI RtlFindLeastSignificantBit(ULONGLONG Set)
{
    return Set == 0 ? -1 : (CCHAR)__builtin_ctzll(Set);
}

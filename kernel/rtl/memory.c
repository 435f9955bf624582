/* SPDX-License-Identifier: MIT */
/*
 * memory.c: copying, filling and comparing memory.
 *
 * The compiler calls memcpy, memmove, memset and memcmp of its own accord, and
 * must not turn the loops in here into calls of themselves: the pragma below
 * switches that recognition off for this file.
 *
 * All routines run at any IRQL if the memory is resident.  As on Windows x64,
 * the copying routines all allow the buffers to overlap.
 */
#include "crt.h"

#pragma GCC optimize("no-tree-loop-distribute-patterns")

/* A word at any address, of any type. */
typedef uint64_t __attribute__((may_alias, aligned(1))) RTLP_WORD;
typedef uint32_t __attribute__((may_alias, aligned(1))) RTLP_ULONG;

#define RTLP_LARGE 512 /* bytes that are worth the start of a string instruction */

static inline void RtlpCopyForward(uint8_t *To, const uint8_t *From, size_t Count)
{
    if (Count >= RTLP_LARGE) {
        size_t Words = Count / 8;

        __asm__ volatile("rep movsq" : "+D"(To), "+S"(From), "+c"(Words) : : "memory");
        Count %= 8;
    }
    for (; Count >= 32; Count -= 32, To += 32, From += 32) {
        ((RTLP_WORD *)To)[0] = ((const RTLP_WORD *)From)[0];
        ((RTLP_WORD *)To)[1] = ((const RTLP_WORD *)From)[1];
        ((RTLP_WORD *)To)[2] = ((const RTLP_WORD *)From)[2];
        ((RTLP_WORD *)To)[3] = ((const RTLP_WORD *)From)[3];
    }
    for (; Count >= 8; Count -= 8, To += 8, From += 8)
        *(RTLP_WORD *)To = *(const RTLP_WORD *)From;
    for (; Count > 0; Count--)
        *To++ = *From++;
}

static inline void RtlpCopyBackward(uint8_t *To, const uint8_t *From, size_t Count)
{
    while (Count >= 8) {
        Count -= 8;
        *(RTLP_WORD *)(To + Count) = *(const RTLP_WORD *)(From + Count);
    }
    while (Count > 0) {
        Count--;
        To[Count] = From[Count];
    }
}

static inline void RtlpCopy(void *Destination, const void *Source, size_t Count)
{
    if ((uintptr_t)Destination - (uintptr_t)Source >= Count)
        RtlpCopyForward(Destination, Source, Count);
    else
        RtlpCopyBackward(Destination, Source, Count);
}

static inline void RtlpFill(void *Destination, uint64_t Pattern, size_t Count)
{
    uint8_t *To = Destination;

    if (Count >= RTLP_LARGE) {
        size_t Words = Count / 8;

        __asm__ volatile("rep stosq" : "+D"(To), "+c"(Words) : "a"(Pattern) : "memory");
        Count %= 8;
    }
    for (; Count >= 32; Count -= 32, To += 32) {
        ((RTLP_WORD *)To)[0] = Pattern;
        ((RTLP_WORD *)To)[1] = Pattern;
        ((RTLP_WORD *)To)[2] = Pattern;
        ((RTLP_WORD *)To)[3] = Pattern;
    }
    for (; Count >= 8; Count -= 8, To += 8)
        *(RTLP_WORD *)To = Pattern;
    for (; Count > 0; Count--, Pattern >>= 8)
        *To++ = (uint8_t)Pattern;
}

/* RtlpMatch: count the bytes that agree before the first that does not. */
static inline size_t RtlpMatch(const uint8_t *First, const uint8_t *Second, size_t Count)
{
    size_t Index = 0;

    while (Count - Index >= 8 &&
           *(const RTLP_WORD *)(First + Index) == *(const RTLP_WORD *)(Second + Index))
        Index += 8;
    while (Index < Count && First[Index] == Second[Index])
        Index++;
    return Index;
}

/* memcpy: copy memory. ["memcpy, wmemcpy"] */
void *RTLCRT memcpy(void *Destination, const void *Source, size_t Count)
{
    RtlpCopy(Destination, Source, Count);
    return Destination;
}

/* memmove: copy memory that may overlap. ["memmove, wmemmove"] */
void *RTLCRT memmove(void *Destination, const void *Source, size_t Count)
{
    RtlpCopy(Destination, Source, Count);
    return Destination;
}

/* memset: fill memory with a byte. ["memset, wmemset"] */
void *RTLCRT memset(void *Destination, int Value, size_t Count)
{
    RtlpFill(Destination, (uint8_t)Value * 0x0101010101010101ull, Count);
    return Destination;
}

/* memcmp: compare memory as unsigned bytes. ["memcmp, wmemcmp"] */
int RTLCRT memcmp(const void *First, const void *Second, size_t Count)
{
    size_t Index = RtlpMatch(First, Second, Count);

    if (Index == Count)
        return 0;
    return ((const uint8_t *)First)[Index] < ((const uint8_t *)Second)[Index] ? -1 : 1;
}

/* memchr: find a byte; NULL if there is none. ["memchr, wmemchr"] */
void *RTLCRT memchr(const void *Buffer, int Value, size_t Count)
{
    const uint8_t *Byte = Buffer;

    for (; Count > 0; Count--, Byte++) {
        if (*Byte == (uint8_t)Value)
            return (void *)(uintptr_t)Byte;
    }
    return NULL;
}

static int RtlpCopyChecked(void *Destination, size_t Size, const void *Source, size_t Count)
{
    if (Count == 0)
        return 0;
    if (Destination == NULL)
        return RTLP_EINVAL;
    if (Source == NULL || Size < Count) {
        RtlpFill(Destination, 0, Size);
        return Source == NULL ? RTLP_EINVAL : RTLP_ERANGE;
    }
    RtlpCopy(Destination, Source, Count);
    return 0;
}

/*
 * memcpy_s: copy memory if it fits. ["memcpy_s, wmemcpy_s"]
 *
 * => EINVAL for a null pointer, ERANGE if Size < Count; the destination is
 *    zeroed then.
 */
int RTLCRT memcpy_s(void *Destination, size_t Size, const void *Source, size_t Count)
{
    return RtlpCopyChecked(Destination, Size, Source, Count);
}

/*
 * memmove_s: like memcpy_s, but leaves the destination alone on an error.
 * ["memmove_s, wmemmove_s"]
 */
int RTLCRT memmove_s(void *Destination, size_t Size, const void *Source, size_t Count)
{
    if (Count == 0)
        return 0;
    if (Destination == NULL || Source == NULL)
        return RTLP_EINVAL;
    if (Size < Count)
        return RTLP_ERANGE;
    RtlpCopy(Destination, Source, Count);
    return 0;
}

/* RtlCopyMemory: copy memory. ["RtlCopyMemory macro (wdm.h)"] */
void RTLCRT RtlCopyMemory(void *Destination, const void *Source, size_t Length)
{
    RtlpCopy(Destination, Source, Length);
}

/*
 * RtlCopyMemoryNonTemporal: copy memory that will not be read soon.
 * ["RtlCopyMemoryNonTemporal function (wdm.h)"]
 *
 * => The cache hint is not taken.
 */
void RTLCRT RtlCopyMemoryNonTemporal(void *Destination, const void *Source, size_t Length)
{
    RtlpCopy(Destination, Source, Length);
}

/* RtlMoveMemory: copy memory that may overlap. ["RtlMoveMemory macro (wdm.h)"] */
void RTLCRT RtlMoveMemory(void *Destination, const void *Source, size_t Length)
{
    RtlpCopy(Destination, Source, Length);
}

/* RtlFillMemory: fill memory with a byte. ["RtlFillMemory macro (wdm.h)"] */
void RTLCRT RtlFillMemory(void *Destination, size_t Length, int Fill)
{
    RtlpFill(Destination, (uint8_t)Fill * 0x0101010101010101ull, Length);
}

/* RtlZeroMemory: fill memory with zeros. ["RtlZeroMemory macro (wdm.h)"] */
void RTLCRT RtlZeroMemory(void *Destination, size_t Length)
{
    RtlpFill(Destination, 0, Length);
}

/*
 * RtlFillMemoryUlong: fill memory with a 32-bit pattern.
 * ["RtlFillMemoryUlong function (ntifs.h)"]
 *
 * => Bytes beyond the last whole ULONG are left alone.
 */
void RTLCRT RtlFillMemoryUlong(void *Destination, size_t Length, uint32_t Pattern)
{
    RtlpFill(Destination, Pattern | (uint64_t)Pattern << 32, Length & ~(size_t)3);
}

/*
 * RtlFillMemoryUlonglong: fill memory with a 64-bit pattern.
 * ["RtlFillMemoryUlonglong function (ntifs.h)"]
 */
void RTLCRT RtlFillMemoryUlonglong(void *Destination, size_t Length, uint64_t Pattern)
{
    RtlpFill(Destination, Pattern, Length & ~(size_t)7);
}

/*
 * RtlCompareMemory: count the bytes that agree before the first that differs.
 * ["RtlCompareMemory function (wdm.h)"]
 */
size_t RTLCRT RtlCompareMemory(const void *First, const void *Second, size_t Length)
{
    return RtlpMatch(First, Second, Length);
}

/*
 * RtlCompareMemoryUlong: count the bytes that hold a 32-bit pattern.
 * ["RtlCompareMemoryUlong function (ntifs.h)"]
 *
 * => Whole ULONGs only; 0 if the buffer is not aligned to 4.
 */
size_t RTLCRT RtlCompareMemoryUlong(const void *Buffer, size_t Length, uint32_t Pattern)
{
    size_t Index;

    if (((uintptr_t)Buffer & 3) != 0)
        return 0;
    for (Index = 0; Index < Length / 4; Index++) {
        if (((const RTLP_ULONG *)Buffer)[Index] != Pattern)
            break;
    }
    return Index * 4;
}

/* RtlEqualMemory: tell whether two buffers agree. ["RtlEqualMemory macro (wdm.h)"] */
uint32_t RTLCRT RtlEqualMemory(const void *First, const void *Second, size_t Length)
{
    return RtlpMatch(First, Second, Length) == Length;
}

/*
 * RtlPrefetchMemoryNonTemporal: bring memory near the processor.
 * ["RtlPrefetchMemoryNonTemporal macro (wdm.h)"]
 */
void RTLCRT RtlPrefetchMemoryNonTemporal(const void *Source, size_t Length)
{
    size_t Offset;

    for (Offset = 0; Offset < Length; Offset += 64)
        __builtin_prefetch((const uint8_t *)Source + Offset, 0, 0);
}

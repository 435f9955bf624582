/* SPDX-License-Identifier: MIT */
/*
 * utf.h: one character of UTF-16 or UTF-8 at a time.
 *
 * The kernel's ANSI and OEM code pages are UTF-8, so everything that turns
 * wide text into narrow text or back goes through these four functions.
 * They read one unit after the other and stop at the first one that does not
 * fit, so that zero-terminated text is never read beyond its terminator.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

#define RTLP_NOT_A_CHARACTER UINT32_MAX /* what a malformed sequence decodes to */
#define RTLP_REPLACEMENT     0xFFFDu    /* U+FFFD REPLACEMENT CHARACTER */

/*
 * RtlpDecodeUtf16: take one character from UTF-16 text.
 *
 * => Limit is the number of units that may be read, at least 1.
 * => Returns the number of units taken, 1 or 2; a surrogate without its
 *    partner is RTLP_NOT_A_CHARACTER and one unit.
 */
static inline size_t RtlpDecodeUtf16(const uint16_t *Text, size_t Limit, uint32_t *Character)
{
    uint32_t First = Text[0];

    if (First < 0xD800 || First > 0xDFFF) {
        *Character = First;
        return 1;
    }
    if (First < 0xDC00 && Limit > 1 && Text[1] >= 0xDC00 && Text[1] <= 0xDFFF) {
        *Character = 0x10000 + ((First - 0xD800) << 10) + (Text[1] - 0xDC00u);
        return 2;
    }
    *Character = RTLP_NOT_A_CHARACTER;
    return 1;
}

/*
 * RtlpDecodeUtf8: take one character from UTF-8 text.
 *
 * => Limit is the number of bytes that may be read, at least 1.
 * => Returns the number of bytes taken; the longest part of a sequence that
 *    could still have become a character is one RTLP_NOT_A_CHARACTER.
 * => Overlong forms, surrogates and values above U+10FFFF are malformed.
 */
static inline size_t RtlpDecodeUtf8(const uint8_t *Text, size_t Limit, uint32_t *Character)
{
    uint32_t Value = Text[0];
    uint8_t Low = 0x80, High = 0xBF;
    size_t Length, Index;

    *Character = RTLP_NOT_A_CHARACTER;
    if (Value < 0x80) {
        *Character = Value;
        return 1;
    }
    if (Value >= 0xC2 && Value <= 0xDF) {
        Length = 2;
        Value &= 0x1F;
    } else if (Value >= 0xE0 && Value <= 0xEF) {
        Length = 3;
        Low = Value == 0xE0 ? 0xA0 : 0x80;
        High = Value == 0xED ? 0x9F : 0xBF;
        Value &= 0x0F;
    } else if (Value >= 0xF0 && Value <= 0xF4) {
        Length = 4;
        Low = Value == 0xF0 ? 0x90 : 0x80;
        High = Value == 0xF4 ? 0x8F : 0xBF;
        Value &= 0x07;
    } else {
        return 1;
    }
    for (Index = 1; Index < Length; Index++) {
        if (Index == Limit || Text[Index] < Low || Text[Index] > High)
            return Index;
        Value = (Value << 6) | (Text[Index] & 0x3F);
        Low = 0x80;
        High = 0xBF;
    }
    *Character = Value;
    return Length;
}

/* RtlpEncodeUtf8: write a character's 1 to 4 bytes; returns how many. */
static inline size_t RtlpEncodeUtf8(uint32_t Character, uint8_t Bytes[4])
{
    if (Character < 0x80) {
        Bytes[0] = (uint8_t)Character;
        return 1;
    }
    if (Character < 0x800) {
        Bytes[0] = (uint8_t)(0xC0 | (Character >> 6));
        Bytes[1] = (uint8_t)(0x80 | (Character & 0x3F));
        return 2;
    }
    if (Character < 0x10000) {
        Bytes[0] = (uint8_t)(0xE0 | (Character >> 12));
        Bytes[1] = (uint8_t)(0x80 | ((Character >> 6) & 0x3F));
        Bytes[2] = (uint8_t)(0x80 | (Character & 0x3F));
        return 3;
    }
    Bytes[0] = (uint8_t)(0xF0 | (Character >> 18));
    Bytes[1] = (uint8_t)(0x80 | ((Character >> 12) & 0x3F));
    Bytes[2] = (uint8_t)(0x80 | ((Character >> 6) & 0x3F));
    Bytes[3] = (uint8_t)(0x80 | (Character & 0x3F));
    return 4;
}

/* RtlpEncodeUtf16: write a character's 1 or 2 units; returns how many. */
static inline size_t RtlpEncodeUtf16(uint32_t Character, uint16_t Units[2])
{
    if (Character < 0x10000) {
        Units[0] = (uint16_t)Character;
        return 1;
    }
    Units[0] = (uint16_t)(0xD800 + ((Character - 0x10000) >> 10));
    Units[1] = (uint16_t)(0xDC00 + ((Character - 0x10000) & 0x3FF));
    return 2;
}

/* SPDX-License-Identifier: MIT */
/*
 * multibyte.c: the C library's conversions between bytes and wide characters.
 *
 * Bytes are UTF-8, the kernel's only code page.  Any IRQL if the strings are
 * resident.
 */
#include "crt.h"
#include "utf.h"

/*
 * mbtowc: convert one character. ["mbtowc, _mbtowc_l"]
 *
 * => Returns its bytes, 0 for the terminator, -1 if the bytes are malformed or
 *    the character needs two units.
 */
int RTLCRT mbtowc(uint16_t *Unit, const char *Bytes, size_t Count)
{
    uint32_t Character;
    size_t Length;

    if (Bytes == NULL || Count == 0)
        return 0;
    Length = RtlpDecodeUtf8((const uint8_t *)Bytes, Count, &Character);
    if (Character > 0xFFFF)
        return -1;
    if (Unit != NULL)
        *Unit = (uint16_t)Character;
    return Character == 0 ? 0 : (int)Length;
}

/*
 * wctomb: convert one unit. ["wctomb, _wctomb_l"]
 *
 * => Returns the bytes written, at most 3; -1 for a surrogate.
 */
int RTLCRT wctomb(char *Bytes, uint16_t Unit)
{
    uint8_t Encoded[4];
    uint32_t Character;
    size_t Length, Index;

    if (Bytes == NULL)
        return 0;
    RtlpDecodeUtf16(&Unit, 1, &Character);
    if (Character == RTLP_NOT_A_CHARACTER)
        return -1;
    Length = RtlpEncodeUtf8(Character, Encoded);
    for (Index = 0; Index < Length; Index++)
        Bytes[Index] = (char)Encoded[Index];
    return (int)Length;
}

/*
 * mbstowcs: convert a string. ["mbstowcs, _mbstowcs_l"]
 *
 * => Returns the units without the terminator, which is written only if it
 *    fits; (size_t)-1 for malformed bytes.
 * => Destination may be NULL, which asks for the length.
 */
size_t RTLCRT mbstowcs(uint16_t *Destination, const char *Source, size_t Count)
{
    size_t Written = 0;

    for (;;) {
        uint16_t Units[2];
        uint32_t Character;
        size_t Length, Index;

        Source += RtlpDecodeUtf8((const uint8_t *)Source, SIZE_MAX, &Character);
        if (Character == RTLP_NOT_A_CHARACTER)
            return SIZE_MAX;
        Length = RtlpEncodeUtf16(Character, Units);
        if (Destination != NULL) {
            if (Length > Count - Written)
                return Written;
            for (Index = 0; Index < Length; Index++)
                Destination[Written + Index] = Units[Index];
        }
        if (Character == 0)
            return Written;
        Written += Length;
    }
}

/* wcstombs: the same the other way; surrogates must be in pairs. ["wcstombs, _wcstombs_l"] */
size_t RTLCRT wcstombs(char *Destination, const uint16_t *Source, size_t Count)
{
    size_t Written = 0;

    for (;;) {
        uint8_t Bytes[4];
        uint32_t Character;
        size_t Length, Index;

        Source += RtlpDecodeUtf16(Source, SIZE_MAX, &Character);
        if (Character == RTLP_NOT_A_CHARACTER)
            return SIZE_MAX;
        Length = RtlpEncodeUtf8(Character, Bytes);
        if (Destination != NULL) {
            if (Length > Count - Written)
                return Written;
            for (Index = 0; Index < Length; Index++)
                Destination[Written + Index] = (char)Bytes[Index];
        }
        if (Character == 0)
            return Written;
        Written += Length;
    }
}

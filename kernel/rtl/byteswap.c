/* SPDX-License-Identifier: MIT */
/*
 * byteswap.c: reversing the bytes of a value.
 *
 * Any IRQL.  Reference pages: "RtlUshortByteSwap", "RtlUlongByteSwap" and
 * "RtlUlonglongByteSwap function (wdm.h)".
 */
#include <stdint.h>

#include "crt.h"

uint16_t RTLCRT RtlUshortByteSwap(uint16_t Source)
{
    return __builtin_bswap16(Source);
}

uint32_t RTLCRT RtlUlongByteSwap(uint32_t Source)
{
    return __builtin_bswap32(Source);
}

uint64_t RTLCRT RtlUlonglongByteSwap(uint64_t Source)
{
    return __builtin_bswap64(Source);
}

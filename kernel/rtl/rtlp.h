/* SPDX-License-Identifier: MIT */
/* rtlp.h: what the files of the run-time library share. */
#pragma once

#include "nt.h"

#define RTLP_POOL_TAG 0x736C7452u /* 'Rtls' in memory */

/* The longest counted string, in bytes; the longest with a terminator after it. */
#define RTLP_MAX_BYTES      0xFFFEu
#define RTLP_MAX_TERMINATED 0xFFFCu

/* case.c */
WCHAR RtlpUpcase(WCHAR Character);
WCHAR RtlpDowncase(WCHAR Character);

/* What a conversion did; counts are in the units of the destination. */
typedef struct _RTLP_CONVERSION {
    SIZE_T Needed;  /* for all of the source */
    SIZE_T Written; /* whole characters only, at most the capacity */
    BOOLEAN Lossy;  /* something malformed was replaced by U+FFFD */
} RTLP_CONVERSION;

/*
 * RtlpConvertToUtf8, RtlpConvertToUtf16: convert counted text.
 *
 * => Destination may be NULL if Capacity is 0.  No terminator is written.
 */
RTLP_CONVERSION RtlpConvertToUtf8(CHAR *Destination, SIZE_T Capacity, const WCHAR *Source,
                                  SIZE_T Count);
RTLP_CONVERSION RtlpConvertToUtf16(WCHAR *Destination, SIZE_T Capacity, const CHAR *Source,
                                   SIZE_T Count);

/* RtlpPrepareString: give a counted string a buffer of Bytes, or check the one it has. */
NTSTATUS RtlpPrepareUnicodeString(PUNICODE_STRING String, SIZE_T Bytes, BOOLEAN Allocate);

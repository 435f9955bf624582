/* SPDX-License-Identifier: MIT */
/*
 * utf.c: counted arrays of UTF-16 to UTF-8 and back.
 *
 * The kernel's ANSI and OEM code pages are both UTF-8 (65001), as Windows can
 * be set to; so the MultiByte, Oem and UTF8 routines differ only in what they
 * report.  A malformed sequence becomes U+FFFD.
 *
 * All run at any IRQL if the buffers are resident (PASSIVE_LEVEL as
 * documented).  Sizes are in bytes on both sides, and characters are never
 * cut in two.
 */
#include "rtlp.h"
#include "utf.h"

/* Read by the DDK's macros that compute the size of a converted string. */
BOOLEAN NlsMbCodePageTag = TRUE;
BOOLEAN NlsMbOemCodePageTag = TRUE;
USHORT NlsAnsiCodePage = 65001;
USHORT NlsOemCodePage = 65001;

RTLP_CONVERSION RtlpConvertToUtf8(CHAR *Destination, SIZE_T Capacity, const WCHAR *Source,
                                  SIZE_T Count)
{
    RTLP_CONVERSION Conversion = { 0 };
    SIZE_T Index = 0;

    while (Index < Count) {
        uint8_t Bytes[4];
        uint32_t Character;
        SIZE_T Length;

        Index += RtlpDecodeUtf16(Source + Index, Count - Index, &Character);
        if (Character == RTLP_NOT_A_CHARACTER) {
            Character = RTLP_REPLACEMENT;
            Conversion.Lossy = TRUE;
        }
        Length = RtlpEncodeUtf8(Character, Bytes);
        if (Conversion.Written == Conversion.Needed && Length <= Capacity - Conversion.Written) {
            memcpy(Destination + Conversion.Written, Bytes, Length);
            Conversion.Written += Length;
        }
        Conversion.Needed += Length;
    }
    return Conversion;
}

RTLP_CONVERSION RtlpConvertToUtf16(WCHAR *Destination, SIZE_T Capacity, const CHAR *Source,
                                   SIZE_T Count)
{
    RTLP_CONVERSION Conversion = { 0 };
    SIZE_T Index = 0;

    while (Index < Count) {
        uint16_t Units[2];
        uint32_t Character;
        SIZE_T Length;

        Index += RtlpDecodeUtf8((const uint8_t *)Source + Index, Count - Index, &Character);
        if (Character == RTLP_NOT_A_CHARACTER) {
            Character = RTLP_REPLACEMENT;
            Conversion.Lossy = TRUE;
        }
        Length = RtlpEncodeUtf16(Character, Units);
        if (Conversion.Written == Conversion.Needed && Length <= Capacity - Conversion.Written) {
            memcpy(Destination + Conversion.Written, Units, Length * sizeof(WCHAR));
            Conversion.Written += Length;
        }
        Conversion.Needed += Length;
    }
    return Conversion;
}

/*
 * RtlUnicodeToMultiByteN: convert to the ANSI code page, cut to fit.
 * ["RtlUnicodeToMultiByteN function (ntifs.h)"]
 *
 * => Always STATUS_SUCCESS; no terminator.
 */
NTSTATUS NTAPI RtlUnicodeToMultiByteN(PCHAR MultiByteString, ULONG MaxBytesInMultiByteString,
                                      PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                      ULONG BytesInUnicodeString)
{
    RTLP_CONVERSION Conversion =
        RtlpConvertToUtf8(MultiByteString, MaxBytesInMultiByteString, UnicodeString,
                          BytesInUnicodeString / sizeof(WCHAR));

    if (BytesInMultiByteString != NULL)
        *BytesInMultiByteString = (ULONG)Conversion.Written;
    return STATUS_SUCCESS;
}

/*
 * RtlUnicodeToMultiByteSize: tell the size of the converted string.
 * ["RtlUnicodeToMultiByteSize function (ntifs.h)"]
 */
NTSTATUS NTAPI RtlUnicodeToMultiByteSize(PULONG BytesInMultiByteString, PCWCH UnicodeString,
                                         ULONG BytesInUnicodeString)
{
    *BytesInMultiByteString =
        (ULONG)RtlpConvertToUtf8(NULL, 0, UnicodeString, BytesInUnicodeString / sizeof(WCHAR))
            .Needed;
    return STATUS_SUCCESS;
}

/*
 * RtlMultiByteToUnicodeN: convert from the ANSI code page, cut to fit.
 * ["RtlMultiByteToUnicodeN function (ntifs.h)"]
 *
 * => Always STATUS_SUCCESS; no terminator.
 */
NTSTATUS NTAPI RtlMultiByteToUnicodeN(PWCH UnicodeString, ULONG MaxBytesInUnicodeString,
                                      PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                      ULONG BytesInMultiByteString)
{
    RTLP_CONVERSION Conversion =
        RtlpConvertToUtf16(UnicodeString, MaxBytesInUnicodeString / sizeof(WCHAR),
                           MultiByteString, BytesInMultiByteString);

    if (BytesInUnicodeString != NULL)
        *BytesInUnicodeString = (ULONG)(Conversion.Written * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/*
 * RtlMultiByteToUnicodeSize: tell the size of the converted string.
 * ["RtlMultiByteToUnicodeSize function (ntifs.h)"]
 */
NTSTATUS NTAPI RtlMultiByteToUnicodeSize(PULONG BytesInUnicodeString, const CHAR *MultiByteString,
                                         ULONG BytesInMultiByteString)
{
    *BytesInUnicodeString =
        (ULONG)(RtlpConvertToUtf16(NULL, 0, MultiByteString, BytesInMultiByteString).Needed *
                sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/* RtlUnicodeToOemN: convert to the OEM code page. ["RtlUnicodeToOemN function (ntifs.h)"] */
NTSTATUS NTAPI RtlUnicodeToOemN(PCHAR OemString, ULONG MaxBytesInOemString,
                                PULONG BytesInOemString, PCWCH UnicodeString,
                                ULONG BytesInUnicodeString)
{
    return RtlUnicodeToMultiByteN(OemString, MaxBytesInOemString, BytesInOemString, UnicodeString,
                                  BytesInUnicodeString);
}

/* RtlOemToUnicodeN: convert from the OEM code page. ["RtlOemToUnicodeN function (ntifs.h)"] */
NTSTATUS NTAPI RtlOemToUnicodeN(PWSTR UnicodeString, ULONG MaxBytesInUnicodeString,
                                PULONG BytesInUnicodeString, PCCH OemString, ULONG BytesInOemString)
{
    return RtlMultiByteToUnicodeN(UnicodeString, MaxBytesInUnicodeString, BytesInUnicodeString,
                                  OemString, BytesInOemString);
}

static NTSTATUS RtlpReportUtf(RTLP_CONVERSION Conversion, BOOLEAN HasDestination, SIZE_T Unit,
                              PULONG Actual)
{
    if (Actual != NULL)
        *Actual = (ULONG)((HasDestination ? Conversion.Written : Conversion.Needed) * Unit);
    if (HasDestination && Conversion.Written < Conversion.Needed)
        return STATUS_BUFFER_TOO_SMALL;
    return Conversion.Lossy ? STATUS_SOME_NOT_MAPPED : STATUS_SUCCESS;
}

/*
 * RtlUnicodeToUTF8N: convert to UTF-8. ["RtlUnicodeToUTF8N function (ntifs.h)"]
 *
 * => A null destination asks for the size.
 * => STATUS_BUFFER_TOO_SMALL (what fits is there), STATUS_SOME_NOT_MAPPED,
 *    STATUS_INVALID_PARAMETER (neither result wanted), STATUS_INVALID_PARAMETER_4
 *    (no source), STATUS_INVALID_PARAMETER_5 (odd size).
 */
NTSTATUS NTAPI RtlUnicodeToUTF8N(PCHAR UTF8StringDestination, ULONG UTF8StringMaxByteCount,
                                 PULONG UTF8StringActualByteCount, PCWCH UnicodeStringSource,
                                 ULONG UnicodeStringByteCount)
{
    BOOLEAN HasDestination = UTF8StringDestination != NULL;

    if (UnicodeStringSource == NULL)
        return STATUS_INVALID_PARAMETER_4;
    if (!HasDestination && UTF8StringActualByteCount == NULL)
        return STATUS_INVALID_PARAMETER;
    if (UnicodeStringByteCount % sizeof(WCHAR) != 0)
        return STATUS_INVALID_PARAMETER_5;
    return RtlpReportUtf(RtlpConvertToUtf8(UTF8StringDestination,
                                           HasDestination ? UTF8StringMaxByteCount : 0,
                                           UnicodeStringSource,
                                           UnicodeStringByteCount / sizeof(WCHAR)),
                         HasDestination, sizeof(CHAR), UTF8StringActualByteCount);
}

/*
 * RtlUTF8ToUnicodeN: convert from UTF-8. ["RtlUTF8ToUnicodeN function (ntifs.h)"]
 *
 * => As RtlUnicodeToUTF8N.
 */
NTSTATUS NTAPI RtlUTF8ToUnicodeN(PWSTR UnicodeStringDestination, ULONG UnicodeStringMaxByteCount,
                                 PULONG UnicodeStringActualByteCount, PCCH UTF8StringSource,
                                 ULONG UTF8StringByteCount)
{
    BOOLEAN HasDestination = UnicodeStringDestination != NULL;

    if (UTF8StringSource == NULL)
        return STATUS_INVALID_PARAMETER_4;
    if (!HasDestination && UnicodeStringActualByteCount == NULL)
        return STATUS_INVALID_PARAMETER;
    return RtlpReportUtf(RtlpConvertToUtf16(UnicodeStringDestination,
                                            HasDestination
                                                ? UnicodeStringMaxByteCount / sizeof(WCHAR)
                                                : 0,
                                            UTF8StringSource, UTF8StringByteCount),
                         HasDestination, sizeof(WCHAR), UnicodeStringActualByteCount);
}

/* SPDX-License-Identifier: MIT */
/*
 * convert.c: counted strings from one width to the other.
 *
 * The code pages are UTF-8 (utf.c).  All at IRQL PASSIVE_LEVEL as documented;
 * those that allocate nothing run at any IRQL if the strings are resident.
 * Results have a terminator that their Length does not count.
 */
#include "rtlp.h"

/*
 * RtlxUnicodeStringToAnsiSize: size of the converted string with terminator.
 * ["RtlUnicodeStringToAnsiSize macro (wdm.h)"]
 */
ULONG NTAPI RtlxUnicodeStringToAnsiSize(PCUNICODE_STRING UnicodeString)
{
    return (ULONG)RtlpConvertToUtf8(NULL, 0, UnicodeString->Buffer,
                                    UnicodeString->Length / sizeof(WCHAR))
               .Needed +
           1;
}

/*
 * RtlxAnsiStringToUnicodeSize: size in bytes of the converted string with terminator.
 * ["RtlAnsiStringToUnicodeSize macro (wdm.h)"]
 */
ULONG NTAPI RtlxAnsiStringToUnicodeSize(PCANSI_STRING AnsiString)
{
    return (ULONG)((RtlpConvertToUtf16(NULL, 0, AnsiString->Buffer, AnsiString->Length).Needed +
                    1) *
                   sizeof(WCHAR));
}

/* RtlxUnicodeStringToOemSize: ["RtlxUnicodeStringToOemSize function (ntifs.h)"] */
ULONG NTAPI RtlxUnicodeStringToOemSize(PCUNICODE_STRING UnicodeString)
{
    return RtlxUnicodeStringToAnsiSize(UnicodeString);
}

/* RtlxOemStringToUnicodeSize: ["RtlxOemStringToUnicodeSize function (ntifs.h)"] */
ULONG NTAPI RtlxOemStringToUnicodeSize(PCOEM_STRING OemString)
{
    ANSI_STRING String = *OemString;

    return RtlxAnsiStringToUnicodeSize(&String);
}

/*
 * RtlUnicodeStringToAnsiString: convert a counted string.
 * ["RtlUnicodeStringToAnsiString function (wdm.h)"]
 *
 * => An allocated result is freed by RtlFreeAnsiString.
 * => STATUS_BUFFER_OVERFLOW: what fits is there, terminated.
 *    STATUS_INVALID_PARAMETER_2: the result is too long for a counted string.
 *    STATUS_NO_MEMORY.
 */
NTSTATUS NTAPI RtlUnicodeStringToAnsiString(PANSI_STRING DestinationString,
                                            PCUNICODE_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    ULONG Size = RtlxUnicodeStringToAnsiSize(SourceString);
    RTLP_CONVERSION Conversion;

    if (Size > MAXUSHORT)
        return STATUS_INVALID_PARAMETER_2;
    if (AllocateDestinationString) {
        DestinationString->Length = 0;
        DestinationString->MaximumLength = (USHORT)Size;
        DestinationString->Buffer = ExAllocatePoolWithTag(PagedPool, Size, RTLP_POOL_TAG);
        if (DestinationString->Buffer == NULL)
            return STATUS_NO_MEMORY;
    } else if (DestinationString->MaximumLength == 0) {
        return STATUS_BUFFER_OVERFLOW;
    }
    Conversion = RtlpConvertToUtf8(DestinationString->Buffer,
                                   DestinationString->MaximumLength - 1, SourceString->Buffer,
                                   SourceString->Length / sizeof(WCHAR));
    DestinationString->Buffer[Conversion.Written] = 0;
    DestinationString->Length = (USHORT)Conversion.Written;
    return Conversion.Written < Conversion.Needed ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
}

/*
 * RtlAnsiStringToUnicodeString: convert a counted string.
 * ["RtlAnsiStringToUnicodeString function (wdm.h)"]
 *
 * => An allocated result is freed by RtlFreeUnicodeString.
 * => STATUS_BUFFER_OVERFLOW (nothing is converted), STATUS_INVALID_PARAMETER_2
 *    (too long for a counted string), STATUS_NO_MEMORY.
 */
NTSTATUS NTAPI RtlAnsiStringToUnicodeString(PUNICODE_STRING DestinationString,
                                            PANSI_STRING SourceString,
                                            BOOLEAN AllocateDestinationString)
{
    ULONG Size = RtlxAnsiStringToUnicodeSize(SourceString);
    NTSTATUS Status;

    if (Size > RTLP_MAX_BYTES)
        return STATUS_INVALID_PARAMETER_2;
    Status = RtlpPrepareUnicodeString(DestinationString, Size, AllocateDestinationString);
    if (!NT_SUCCESS(Status))
        return Status;
    RtlpConvertToUtf16(DestinationString->Buffer, Size / sizeof(WCHAR) - 1, SourceString->Buffer,
                       SourceString->Length);
    DestinationString->Length = (USHORT)(Size - sizeof(WCHAR));
    DestinationString->Buffer[DestinationString->Length / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

/* RtlUnicodeStringToOemString: ["RtlUnicodeStringToOemString function (ntifs.h)"] */
NTSTATUS NTAPI RtlUnicodeStringToOemString(POEM_STRING DestinationString,
                                           PCUNICODE_STRING SourceString,
                                           BOOLEAN AllocateDestinationString)
{
    return RtlUnicodeStringToAnsiString(DestinationString, SourceString,
                                        AllocateDestinationString);
}

/* RtlOemStringToUnicodeString: ["RtlOemStringToUnicodeString function (ntifs.h)"] */
NTSTATUS NTAPI RtlOemStringToUnicodeString(PUNICODE_STRING DestinationString,
                                           PCOEM_STRING SourceString,
                                           BOOLEAN AllocateDestinationString)
{
    ANSI_STRING Source = *SourceString;

    return RtlAnsiStringToUnicodeString(DestinationString, &Source, AllocateDestinationString);
}

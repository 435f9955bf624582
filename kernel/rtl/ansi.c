/* SPDX-License-Identifier: MIT */
/*
 * ansi.c: counted strings of bytes.
 *
 * Where the reference pages limit the IRQL only because a string might be
 * paged, the code here runs at any IRQL on resident strings.  Case is that of
 * ASCII.
 */
#include "rtlp.h"

static SIZE_T RtlpBytes(PCSZ String)
{
    SIZE_T Count = 0;

    while (String[Count] != 0)
        Count++;
    return Count;
}

/*
 * RtlInitAnsiString: describe a zero-terminated string.
 * ["RtlInitAnsiString function (wdm.h)"]
 *
 * => IRQL <= DISPATCH_LEVEL as documented.
 * => No errors: what is longer than 65,534 bytes is cut to that.
 */
VOID NTAPI RtlInitAnsiString(PANSI_STRING DestinationString, PCSZ SourceString)
{
    SIZE_T Bytes;

    DestinationString->Length = 0;
    DestinationString->MaximumLength = 0;
    DestinationString->Buffer = (PCHAR)(ULONG_PTR)SourceString;
    if (SourceString == NULL)
        return;
    Bytes = RtlpBytes(SourceString);
    if (Bytes > RTLP_MAX_BYTES)
        Bytes = RTLP_MAX_BYTES;
    DestinationString->Length = (USHORT)Bytes;
    DestinationString->MaximumLength = (USHORT)(Bytes + 1);
}

/* RtlInitString: the same. ["RtlInitString function (wdm.h)"] */
VOID NTAPI RtlInitString(PSTRING DestinationString, PCSZ SourceString)
{
    RtlInitAnsiString(DestinationString, SourceString);
}

/*
 * RtlInitAnsiStringEx: the same with a status.
 *
 * => IRQL PASSIVE_LEVEL.  STATUS_NAME_TOO_LONG above 65,534 bytes; the string
 *    is not described then.
 */
NTSTATUS NTAPI RtlInitAnsiStringEx(PANSI_STRING DestinationString, PCSZ SourceString)
{
    if (SourceString != NULL && RtlpBytes(SourceString) > RTLP_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    RtlInitAnsiString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

/*
 * RtlCopyString: copy what fits. ["RtlCopyString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.  No errors; a null source empties.
 */
VOID NTAPI RtlCopyString(PSTRING DestinationString, const PSTRING SourceString)
{
    USHORT Bytes;

    DestinationString->Length = 0;
    if (SourceString == NULL)
        return;
    Bytes = SourceString->Length;
    if (Bytes > DestinationString->MaximumLength)
        Bytes = DestinationString->MaximumLength;
    memmove(DestinationString->Buffer, SourceString->Buffer, Bytes);
    DestinationString->Length = Bytes;
}

/*
 * RtlAppendStringToString: append a counted string.
 * ["RtlAppendStringToString function (ntifs.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => STATUS_BUFFER_TOO_SMALL, and nothing appended, if it does not fit.
 */
NTSTATUS NTAPI RtlAppendStringToString(PSTRING Destination, const STRING *Source)
{
    SIZE_T Bytes = (SIZE_T)Destination->Length + Source->Length;

    if (Bytes > Destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove(Destination->Buffer + Destination->Length, Source->Buffer, Source->Length);
    Destination->Length = (USHORT)Bytes;
    return STATUS_SUCCESS;
}

/*
 * RtlCompareString: compare two counted strings.
 * ["RtlCompareString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => Less than, equal to or greater than zero.
 */
LONG NTAPI RtlCompareString(const PSTRING String1, const PSTRING String2, BOOLEAN CaseInSensitive)
{
    USHORT Index;

    for (Index = 0; Index < String1->Length && Index < String2->Length; Index++) {
        CHAR First = String1->Buffer[Index], Second = String2->Buffer[Index];

        if (CaseInSensitive) {
            First = RtlUpperChar(First);
            Second = RtlUpperChar(Second);
        }
        if (First != Second)
            return (LONG)(UCHAR)First - (LONG)(UCHAR)Second;
    }
    return (LONG)String1->Length - (LONG)String2->Length;
}

/*
 * RtlEqualString: tell whether two counted strings agree.
 * ["RtlEqualString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 */
BOOLEAN NTAPI RtlEqualString(const PSTRING String1, const PSTRING String2, BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareString(String1, String2, CaseInSensitive) == 0;
}

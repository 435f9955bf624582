/* SPDX-License-Identifier: MIT */
/*
 * unicode.c: counted UTF-16 strings.
 *
 * Where the reference pages limit the IRQL only because a string might be
 * paged, the code here runs at any IRQL on resident strings.  Case is that of
 * case.c, one unit at a time.
 */
#include "rtlp.h"

static SIZE_T RtlpUnits(const WCHAR *String)
{
    SIZE_T Count = 0;

    while (String[Count] != 0)
        Count++;
    return Count;
}

/*
 * RtlInitUnicodeString: describe a zero-terminated string.
 * ["RtlInitUnicodeString function (wdm.h)"]
 *
 * => IRQL <= DISPATCH_LEVEL as documented.
 * => No errors: what is longer than 65,532 bytes is cut to that.
 */
VOID NTAPI RtlInitUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    SIZE_T Bytes = 0;

    DestinationString->Length = 0;
    DestinationString->MaximumLength = 0;
    DestinationString->Buffer = (PWSTR)(ULONG_PTR)SourceString;
    if (SourceString == NULL)
        return;
    Bytes = RtlpUnits(SourceString) * sizeof(WCHAR);
    if (Bytes > RTLP_MAX_TERMINATED)
        Bytes = RTLP_MAX_TERMINATED;
    DestinationString->Length = (USHORT)Bytes;
    DestinationString->MaximumLength = (USHORT)(Bytes + sizeof(WCHAR));
}

/*
 * RtlInitUnicodeStringEx: the same with a status.
 * ["RtlInitUnicodeStringEx function (ntifs.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => STATUS_NAME_TOO_LONG above 65,532 bytes; the string is not described then.
 */
NTSTATUS NTAPI RtlInitUnicodeStringEx(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    if (SourceString != NULL &&
        RtlpUnits(SourceString) * sizeof(WCHAR) > RTLP_MAX_TERMINATED)
        return STATUS_NAME_TOO_LONG;
    RtlInitUnicodeString(DestinationString, SourceString);
    return STATUS_SUCCESS;
}

/*
 * RtlCopyUnicodeString: copy what fits, with a terminator if there is room.
 * ["RtlCopyUnicodeString function (wdm.h)"]
 *
 * => IRQL <= DISPATCH_LEVEL as documented.  No errors; a null source empties.
 */
VOID NTAPI RtlCopyUnicodeString(PUNICODE_STRING DestinationString, PCUNICODE_STRING SourceString)
{
    SIZE_T Bytes;

    DestinationString->Length = 0;
    if (SourceString == NULL)
        return;
    Bytes = SourceString->Length;
    if (Bytes > DestinationString->MaximumLength)
        Bytes = DestinationString->MaximumLength;
    Bytes &= ~(SIZE_T)1;
    memmove(DestinationString->Buffer, SourceString->Buffer, Bytes);
    DestinationString->Length = (USHORT)Bytes;
    if (Bytes + sizeof(WCHAR) <= DestinationString->MaximumLength)
        DestinationString->Buffer[Bytes / sizeof(WCHAR)] = 0;
}

static NTSTATUS RtlpAppendUnits(PUNICODE_STRING Destination, const WCHAR *Source, SIZE_T Bytes)
{
    SIZE_T Start = Destination->Length;

    if (Bytes == 0)
        return STATUS_SUCCESS;
    if (Start + Bytes > Destination->MaximumLength)
        return STATUS_BUFFER_TOO_SMALL;
    memmove((PUCHAR)Destination->Buffer + Start, Source, Bytes);
    Destination->Length = (USHORT)(Start + Bytes);
    if (Start + Bytes + sizeof(WCHAR) <= Destination->MaximumLength)
        Destination->Buffer[(Start + Bytes) / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

/*
 * RtlAppendUnicodeToString: append a zero-terminated string.
 * ["RtlAppendUnicodeToString function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => STATUS_BUFFER_TOO_SMALL, and nothing appended, if it does not fit.
 */
NTSTATUS NTAPI RtlAppendUnicodeToString(PUNICODE_STRING Destination, PCWSTR Source)
{
    if (Source == NULL)
        return STATUS_SUCCESS;
    return RtlpAppendUnits(Destination, Source, RtlpUnits(Source) * sizeof(WCHAR));
}

/*
 * RtlAppendUnicodeStringToString: append a counted string.
 * ["RtlAppendUnicodeStringToString function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => STATUS_BUFFER_TOO_SMALL, and nothing appended, if it does not fit.
 */
NTSTATUS NTAPI RtlAppendUnicodeStringToString(PUNICODE_STRING Destination, PCUNICODE_STRING Source)
{
    return RtlpAppendUnits(Destination, Source->Buffer, Source->Length);
}

/*
 * RtlCompareUnicodeStrings: compare two arrays of characters.
 * ["RtlCompareUnicodeStrings function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.  Lengths count characters.
 * => Less than, equal to or greater than zero.
 */
LONG NTAPI RtlCompareUnicodeStrings(PCWCH String1, SIZE_T String1Length, PCWCH String2,
                                    SIZE_T String2Length, BOOLEAN CaseInSensitive)
{
    SIZE_T Index, Count = String1Length < String2Length ? String1Length : String2Length;

    for (Index = 0; Index < Count; Index++) {
        WCHAR First = String1[Index], Second = String2[Index];

        if (First != Second && CaseInSensitive) {
            First = RtlpUpcase(First);
            Second = RtlpUpcase(Second);
        }
        if (First != Second)
            return (LONG)First - (LONG)Second;
    }
    if (String1Length == String2Length)
        return 0;
    return String1Length < String2Length ? -1 : 1;
}

/*
 * RtlCompareUnicodeString: compare two counted strings.
 * ["RtlCompareUnicodeString function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 */
LONG NTAPI RtlCompareUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                   BOOLEAN CaseInSensitive)
{
    return RtlCompareUnicodeStrings(String1->Buffer, String1->Length / sizeof(WCHAR),
                                    String2->Buffer, String2->Length / sizeof(WCHAR),
                                    CaseInSensitive);
}

/*
 * RtlEqualUnicodeString: tell whether two counted strings agree.
 * ["RtlEqualUnicodeString function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 */
BOOLEAN NTAPI RtlEqualUnicodeString(CONST UNICODE_STRING *String1, CONST UNICODE_STRING *String2,
                                    BOOLEAN CaseInSensitive)
{
    return String1->Length == String2->Length &&
           RtlCompareUnicodeString(String1, String2, CaseInSensitive) == 0;
}

/*
 * RtlPrefixUnicodeString: tell whether String2 begins with String1.
 * ["RtlPrefixUnicodeString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 */
BOOLEAN NTAPI RtlPrefixUnicodeString(PCUNICODE_STRING String1, PCUNICODE_STRING String2,
                                     BOOLEAN CaseInSensitive)
{
    SIZE_T Count = String1->Length / sizeof(WCHAR);

    return String1->Length <= String2->Length &&
           RtlCompareUnicodeStrings(String1->Buffer, Count, String2->Buffer, Count,
                                    CaseInSensitive) == 0;
}

/*
 * RtlHashUnicodeString: hash a string.
 * ["RtlHashUnicodeString function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.
 * => STATUS_INVALID_PARAMETER for a null pointer or an unknown algorithm.  The
 *    default one is X65599: the hash so far times 65,599, plus the character.
 */
NTSTATUS NTAPI RtlHashUnicodeString(CONST UNICODE_STRING *String, BOOLEAN CaseInSensitive,
                                    ULONG HashAlgorithm, PULONG HashValue)
{
    SIZE_T Index;
    ULONG Hash = 0;

    if (String == NULL || HashValue == NULL ||
        (HashAlgorithm != HASH_STRING_ALGORITHM_DEFAULT &&
         HashAlgorithm != HASH_STRING_ALGORITHM_X65599))
        return STATUS_INVALID_PARAMETER;
    for (Index = 0; Index < String->Length / sizeof(WCHAR); Index++) {
        WCHAR Character = String->Buffer[Index];

        Hash = Hash * 65599 + (CaseInSensitive ? RtlpUpcase(Character) : Character);
    }
    *HashValue = Hash;
    return STATUS_SUCCESS;
}

/*
 * RtlValidateUnicodeString: check a counted string's fields.
 * ["RtlValidateUnicodeString function (ntifs.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented.  Flags must be 0.
 * => STATUS_INVALID_PARAMETER for odd lengths, a length beyond the maximum, or
 *    a null buffer with a length; a null string is valid.
 */
NTSTATUS NTAPI RtlValidateUnicodeString(ULONG Flags, PCUNICODE_STRING String)
{
    if (Flags != 0)
        return STATUS_INVALID_PARAMETER;
    if (String == NULL)
        return STATUS_SUCCESS;
    if (String->Length % sizeof(WCHAR) != 0 || String->MaximumLength % sizeof(WCHAR) != 0 ||
        String->Length > String->MaximumLength ||
        (String->Buffer == NULL && String->MaximumLength != 0))
        return STATUS_INVALID_PARAMETER;
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * case.c: upper and lower case of characters and counted strings.
 *
 * One table of letter pairs serves both directions (case_table.h).
 */
#include "case_table.h"
#include "rtlp.h"

#define RTLP_CASE_RUN_COUNT (sizeof(RtlpCaseRuns) / sizeof(RtlpCaseRuns[0]))

WCHAR RtlpUpcase(WCHAR Character)
{
    SIZE_T Index;

    if (Character < 0x80)
        return Character >= 'a' && Character <= 'z' ? (WCHAR)(Character - 32) : Character;
    for (Index = 0; Index < RTLP_CASE_RUN_COUNT; Index++) {
        const RTLP_CASE_RUN *Run = &RtlpCaseRuns[Index];
        LONG Upper = Character - Run->Delta;

        if (Upper >= Run->First && Upper <= Run->Last && (Upper - Run->First) % Run->Stride == 0)
            return (WCHAR)Upper;
    }
    return Character;
}

WCHAR RtlpDowncase(WCHAR Character)
{
    SIZE_T Index;

    if (Character < 0x80)
        return Character >= 'A' && Character <= 'Z' ? (WCHAR)(Character + 32) : Character;
    for (Index = 0; Index < RTLP_CASE_RUN_COUNT; Index++) {
        const RTLP_CASE_RUN *Run = &RtlpCaseRuns[Index];

        if (Character < Run->First)
            break;
        if (Character <= Run->Last && (Character - Run->First) % Run->Stride == 0)
            return (WCHAR)(Character + Run->Delta);
    }
    return Character;
}

/*
 * RtlUpcaseUnicodeChar: upper-case form of a character.
 * ["RtlUpcaseUnicodeChar function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here.
 */
WCHAR NTAPI RtlUpcaseUnicodeChar(WCHAR SourceCharacter)
{
    return RtlpUpcase(SourceCharacter);
}

/*
 * RtlDowncaseUnicodeChar: lower-case form of a character.
 * ["RtlDowncaseUnicodeChar function (wdm.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here.
 */
WCHAR NTAPI RtlDowncaseUnicodeChar(WCHAR SourceCharacter)
{
    return RtlpDowncase(SourceCharacter);
}

/*
 * RtlUpperChar: upper-case form of a byte. ["RtlUpperChar function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here.  ASCII letters only.
 */
CHAR NTAPI RtlUpperChar(CHAR Character)
{
    return Character >= 'a' && Character <= 'z' ? (CHAR)(Character - 32) : Character;
}

static NTSTATUS RtlpMapString(PUNICODE_STRING Destination, PCUNICODE_STRING Source,
                              BOOLEAN Allocate, WCHAR (*Map)(WCHAR))
{
    SIZE_T Index, Count = Source->Length / sizeof(WCHAR);
    NTSTATUS Status = RtlpPrepareUnicodeString(Destination, Source->Length, Allocate);

    if (!NT_SUCCESS(Status))
        return Status;
    for (Index = 0; Index < Count; Index++)
        Destination->Buffer[Index] = Map(Source->Buffer[Index]);
    Destination->Length = (USHORT)(Count * sizeof(WCHAR));
    return STATUS_SUCCESS;
}

/*
 * RtlUpcaseUnicodeString: make an upper-case copy, which may be in place.
 * ["RtlUpcaseUnicodeString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL.
 * => An allocated copy is freed by RtlFreeUnicodeString.
 * => STATUS_BUFFER_OVERFLOW if it does not fit, STATUS_NO_MEMORY.
 */
NTSTATUS NTAPI RtlUpcaseUnicodeString(PUNICODE_STRING DestinationString,
                                      PCUNICODE_STRING SourceString,
                                      BOOLEAN AllocateDestinationString)
{
    return RtlpMapString(DestinationString, SourceString, AllocateDestinationString, RtlpUpcase);
}

/*
 * RtlDowncaseUnicodeString: make a lower-case copy, which may be in place.
 * ["RtlDowncaseUnicodeString function (ntifs.h)"]
 *
 * => As RtlUpcaseUnicodeString.
 */
NTSTATUS NTAPI RtlDowncaseUnicodeString(PUNICODE_STRING UniDest, PCUNICODE_STRING UniSource,
                                        BOOLEAN AllocateDestinationString)
{
    return RtlpMapString(UniDest, UniSource, AllocateDestinationString, RtlpDowncase);
}

/*
 * RtlUpperString: make an upper-case copy, cut to fit.
 * ["RtlUpperString function (ntddk.h)"]
 *
 * => IRQL PASSIVE_LEVEL as documented; any here, if resident.  ASCII letters only.
 */
VOID NTAPI RtlUpperString(PSTRING DestinationString, const PSTRING SourceString)
{
    USHORT Index, Count = SourceString->Length;

    if (Count > DestinationString->MaximumLength)
        Count = DestinationString->MaximumLength;
    for (Index = 0; Index < Count; Index++)
        DestinationString->Buffer[Index] = RtlUpperChar(SourceString->Buffer[Index]);
    DestinationString->Length = Count;
}

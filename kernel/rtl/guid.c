/* SPDX-License-Identifier: MIT */
/*
 * guid.c: GUIDs from and to text, {XXXXXXXX-XXXX-XXXX-XXXX-XXXXXXXXXXXX}.
 *
 * IRQL PASSIVE_LEVEL as documented.
 */
#include "rtlp.h"

#define RTLP_GUID_CHARACTERS 38

/* Where each byte of a GUID in memory stands in its text. */
static const UCHAR RtlpGuidPositions[16] = { 7,  5,  3,  1,  12, 10, 17, 15,
                                             20, 22, 25, 27, 29, 31, 33, 35 };

static BOOLEAN RtlpIsGuidDash(SIZE_T Position)
{
    return Position == 9 || Position == 14 || Position == 19 || Position == 24;
}

static LONG RtlpHexDigit(WCHAR Character)
{
    if (Character >= '0' && Character <= '9')
        return Character - '0';
    if (Character >= 'a' && Character <= 'f')
        return Character - 'a' + 10;
    if (Character >= 'A' && Character <= 'F')
        return Character - 'A' + 10;
    return -1;
}

/*
 * RtlStringFromGUID: write a GUID into a new string.
 * ["RtlStringFromGUID function (wdm.h)"]
 *
 * => Freed by RtlFreeUnicodeString.  STATUS_NO_MEMORY.
 */
NTSTATUS NTAPI RtlStringFromGUID(REFGUID Guid, PUNICODE_STRING GuidString)
{
    const UCHAR *Bytes = (const UCHAR *)Guid;
    SIZE_T Index;
    NTSTATUS Status = RtlpPrepareUnicodeString(
        GuidString, (RTLP_GUID_CHARACTERS + 1) * sizeof(WCHAR), TRUE);

    if (!NT_SUCCESS(Status))
        return Status;
    for (Index = 0; Index < RTLP_GUID_CHARACTERS; Index++)
        GuidString->Buffer[Index] = RtlpIsGuidDash(Index) ? '-' : 0;
    GuidString->Buffer[0] = '{';
    GuidString->Buffer[RTLP_GUID_CHARACTERS - 1] = '}';
    GuidString->Buffer[RTLP_GUID_CHARACTERS] = 0;
    for (Index = 0; Index < 16; Index++) {
        PWSTR Digits = &GuidString->Buffer[RtlpGuidPositions[Index]];

        Digits[0] = (WCHAR) "0123456789ABCDEF"[Bytes[Index] >> 4];
        Digits[1] = (WCHAR) "0123456789ABCDEF"[Bytes[Index] & 15];
    }
    GuidString->Length = RTLP_GUID_CHARACTERS * sizeof(WCHAR);
    return STATUS_SUCCESS;
}

/*
 * RtlGUIDFromString: read a GUID. ["RtlGUIDFromString function (wdm.h)"]
 *
 * => STATUS_INVALID_PARAMETER for anything but the form above; *Guid is left
 *    alone then.
 */
NTSTATUS NTAPI RtlGUIDFromString(PUNICODE_STRING GuidString, GUID *Guid)
{
    UCHAR Bytes[16];
    PWSTR Text = GuidString->Buffer;
    SIZE_T Index;

    if (GuidString->Length != RTLP_GUID_CHARACTERS * sizeof(WCHAR) || Text[0] != '{' ||
        Text[RTLP_GUID_CHARACTERS - 1] != '}')
        return STATUS_INVALID_PARAMETER;
    for (Index = 0; Index < RTLP_GUID_CHARACTERS; Index++) {
        if (RtlpIsGuidDash(Index) && Text[Index] != '-')
            return STATUS_INVALID_PARAMETER;
    }
    for (Index = 0; Index < 16; Index++) {
        LONG High = RtlpHexDigit(Text[RtlpGuidPositions[Index]]);
        LONG Low = RtlpHexDigit(Text[RtlpGuidPositions[Index] + 1]);

        if (High < 0 || Low < 0)
            return STATUS_INVALID_PARAMETER;
        Bytes[Index] = (UCHAR)(High << 4 | Low);
    }
    memcpy(Guid, Bytes, sizeof(Bytes));
    return STATUS_SUCCESS;
}

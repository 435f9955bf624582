/* SPDX-License-Identifier: MIT */
/*
 * allocate.c: counted strings whose buffers are in the pool.
 *
 * All at IRQL PASSIVE_LEVEL as documented: the buffers are paged pool.
 */
#include "rtlp.h"

NTSTATUS RtlpPrepareUnicodeString(PUNICODE_STRING String, SIZE_T Bytes, BOOLEAN Allocate)
{
    if (!Allocate)
        return Bytes > String->MaximumLength ? STATUS_BUFFER_OVERFLOW : STATUS_SUCCESS;
    String->Length = 0;
    String->MaximumLength = (USHORT)Bytes;
    String->Buffer = ExAllocatePoolWithTag(PagedPool, Bytes > 0 ? Bytes : 1, RTLP_POOL_TAG);
    return String->Buffer == NULL ? STATUS_NO_MEMORY : STATUS_SUCCESS;
}

/*
 * RtlFreeUnicodeString: free the buffer that an Rtl routine has allocated.
 * ["RtlFreeUnicodeString function (wdm.h)"]
 *
 * => A string without a buffer is left alone; the fields are cleared.
 */
VOID NTAPI RtlFreeUnicodeString(PUNICODE_STRING UnicodeString)
{
    if (UnicodeString->Buffer == NULL)
        return;
    ExFreePoolWithTag(UnicodeString->Buffer, 0);
    memset(UnicodeString, 0, sizeof(*UnicodeString));
}

/* RtlFreeAnsiString: the same for ANSI. ["RtlFreeAnsiString function (wdm.h)"] */
VOID NTAPI RtlFreeAnsiString(PANSI_STRING AnsiString)
{
    if (AnsiString->Buffer == NULL)
        return;
    ExFreePoolWithTag(AnsiString->Buffer, 0);
    memset(AnsiString, 0, sizeof(*AnsiString));
}

/* RtlFreeOemString: the same for OEM. ["RtlFreeOemString function (ntifs.h)"] */
VOID NTAPI RtlFreeOemString(POEM_STRING OemString)
{
    RtlFreeAnsiString(OemString);
}

/*
 * RtlCreateUnicodeString: copy a zero-terminated string into the pool.
 * ["RtlCreateUnicodeString function (ntifs.h)"]
 *
 * => FALSE if there is no memory, or the string is too long.
 */
BOOLEAN NTAPI RtlCreateUnicodeString(PUNICODE_STRING DestinationString, PCWSTR SourceString)
{
    const ULONG Flags = RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE |
                        RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING;
    UNICODE_STRING Source;

    if (!NT_SUCCESS(RtlInitUnicodeStringEx(&Source, SourceString)))
        return FALSE;
    return NT_SUCCESS(RtlDuplicateUnicodeString(Flags, &Source, DestinationString));
}

/*
 * RtlDuplicateUnicodeString: copy a counted string into the pool.
 * ["RtlDuplicateUnicodeString function (ntifs.h)"]
 *
 * => STATUS_INVALID_PARAMETER, STATUS_NAME_TOO_LONG (no room for a terminator),
 *    STATUS_NO_MEMORY.
 * => An empty source gives an empty string without a buffer, unless Flags has
 *    RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING.
 */
NTSTATUS NTAPI RtlDuplicateUnicodeString(ULONG Flags, PCUNICODE_STRING SourceString,
                                         PUNICODE_STRING DestinationString)
{
    BOOLEAN Terminate = (Flags & RTL_DUPLICATE_UNICODE_STRING_NULL_TERMINATE) != 0;
    BOOLEAN AllocateEmpty = (Flags & RTL_DUPLICATE_UNICODE_STRING_ALLOCATE_NULL_STRING) != 0;
    SIZE_T Bytes = SourceString != NULL ? SourceString->Length : 0;
    NTSTATUS Status;

    if (DestinationString == NULL || (Flags & ~3u) != 0 || (AllocateEmpty && !Terminate) ||
        !NT_SUCCESS(RtlValidateUnicodeString(0, SourceString)))
        return STATUS_INVALID_PARAMETER;
    if (Bytes == 0 && !AllocateEmpty) {
        memset(DestinationString, 0, sizeof(*DestinationString));
        return STATUS_SUCCESS;
    }
    if (Terminate && Bytes + sizeof(WCHAR) > RTLP_MAX_BYTES)
        return STATUS_NAME_TOO_LONG;
    Status = RtlpPrepareUnicodeString(DestinationString,
                                      Bytes + (Terminate ? sizeof(WCHAR) : 0), TRUE);
    if (!NT_SUCCESS(Status))
        return Status;
    if (Bytes > 0)
        memcpy(DestinationString->Buffer, SourceString->Buffer, Bytes);
    if (Terminate)
        DestinationString->Buffer[Bytes / sizeof(WCHAR)] = 0;
    DestinationString->Length = (USHORT)Bytes;
    return STATUS_SUCCESS;
}

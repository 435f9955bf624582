/* SPDX-License-Identifier: MIT */
/*
 * integer.c: integers from and to counted strings.
 *
 * All at IRQL PASSIVE_LEVEL as documented; any here if the strings are
 * resident.
 */
#include "rtlp.h"

/* RtlpWriteInteger: write digits, and a terminator if there is room. */
static NTSTATUS RtlpWriteInteger(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    WCHAR Digits[64];
    SIZE_T Index = 64, Bytes;

    if (Base == 0)
        Base = 10;
    if (Base != 2 && Base != 8 && Base != 10 && Base != 16)
        return STATUS_INVALID_PARAMETER;
    do {
        Digits[--Index] = (WCHAR) "0123456789ABCDEF"[Value % Base];
        Value /= Base;
    } while (Value != 0);
    Bytes = (64 - Index) * sizeof(WCHAR);
    if (Bytes > String->MaximumLength)
        return STATUS_BUFFER_OVERFLOW;
    memcpy(String->Buffer, &Digits[Index], Bytes);
    String->Length = (USHORT)Bytes;
    if (Bytes + sizeof(WCHAR) <= String->MaximumLength)
        String->Buffer[Bytes / sizeof(WCHAR)] = 0;
    return STATUS_SUCCESS;
}

/*
 * RtlIntegerToUnicodeString: write a number.
 * ["RtlIntegerToUnicodeString function (wdm.h)"]
 *
 * => Base is 2, 8, 10, 16, or 0 for 10.
 * => STATUS_INVALID_PARAMETER (base), STATUS_BUFFER_OVERFLOW.
 */
NTSTATUS NTAPI RtlIntegerToUnicodeString(ULONG Value, ULONG Base, PUNICODE_STRING String)
{
    return RtlpWriteInteger(Value, Base, String);
}

/* RtlInt64ToUnicodeString: the same in 64 bits. ["RtlInt64ToUnicodeString function (wdm.h)"] */
NTSTATUS NTAPI RtlInt64ToUnicodeString(ULONGLONG Value, ULONG Base, PUNICODE_STRING String)
{
    return RtlpWriteInteger(Value, Base, String);
}

/* Text of either width; a unit beyond the end reads as zero. */
typedef struct _RTLP_READER {
    const WCHAR *Wide; /* or NULL */
    PCSZ Narrow;
    SIZE_T Count;
} RTLP_READER;

static ULONG RtlpRead(const RTLP_READER *Reader, SIZE_T Index)
{
    if (Index >= Reader->Count)
        return 0;
    return Reader->Wide != NULL ? Reader->Wide[Index] : (UCHAR)Reader->Narrow[Index];
}

static ULONG RtlpDigitOf(ULONG Unit)
{
    if (Unit >= '0' && Unit <= '9')
        return Unit - '0';
    if (Unit >= 'a' && Unit <= 'f')
        return Unit - 'a' + 10;
    if (Unit >= 'A' && Unit <= 'F')
        return Unit - 'A' + 10;
    return MAXULONG;
}

/*
 * RtlpReadInteger: read white space, a sign, with base 0 a prefix, and digits.
 *
 * => Stops at the first other character; no digits give 0.  Wraps at 2^32.
 */
static NTSTATUS RtlpReadInteger(const RTLP_READER *Reader, ULONG Base, PULONG Value)
{
    SIZE_T Index = 0;
    ULONG Result = 0;
    BOOLEAN Negative = FALSE;

    if (Base != 0 && Base != 2 && Base != 8 && Base != 10 && Base != 16)
        return STATUS_INVALID_PARAMETER;
    while (Index < Reader->Count && RtlpRead(Reader, Index) <= ' ' &&
           RtlpRead(Reader, Index) != 0)
        Index++;
    if (RtlpRead(Reader, Index) == '-' || RtlpRead(Reader, Index) == '+')
        Negative = RtlpRead(Reader, Index++) == '-';
    if (Base == 0) {
        Base = 10;
        if (RtlpRead(Reader, Index) == '0') {
            switch (RtlpRead(Reader, Index + 1)) {
            case 'x': Base = 16; break;
            case 'o': Base = 8; break;
            case 'b': Base = 2; break;
            }
            if (Base != 10)
                Index += 2;
        }
    }
    for (; RtlpDigitOf(RtlpRead(Reader, Index)) < Base; Index++)
        Result = Result * Base + RtlpDigitOf(RtlpRead(Reader, Index));
    *Value = Negative ? 0 - Result : Result;
    return STATUS_SUCCESS;
}

/*
 * RtlUnicodeStringToInteger: read a number.
 * ["RtlUnicodeStringToInteger function (wdm.h)"]
 *
 * => Base is 2, 8, 10, 16, or 0 for what a prefix 0b, 0o or 0x says, else 10.
 * => STATUS_INVALID_PARAMETER for another base.
 */
NTSTATUS NTAPI RtlUnicodeStringToInteger(PCUNICODE_STRING String, ULONG Base, PULONG Value)
{
    RTLP_READER Reader = { .Wide = String->Buffer, .Count = String->Length / sizeof(WCHAR) };

    return RtlpReadInteger(&Reader, Base, Value);
}

/*
 * RtlCharToInteger: read a number from a zero-terminated string.
 * ["RtlCharToInteger function (ntddk.h)"]
 *
 * => As RtlUnicodeStringToInteger.
 */
NTSTATUS NTAPI RtlCharToInteger(PCSZ String, ULONG Base, PULONG Value)
{
    RTLP_READER Reader = { .Narrow = String, .Count = SIZE_MAX };

    return RtlpReadInteger(&Reader, Base, Value);
}

/* SPDX-License-Identifier: MIT */
/*
 * format.c: the printf engine of the kernel.
 *
 * What DbgPrint and the _vsnprintf family understand, after the reference
 * pages "Format specification syntax: printf and wprintf functions" and
 * "DbgPrint function (wdm.h)":
 *
 *   %[flags][width][.precision][size]type
 *
 *   flags   - + space 0 #          width, precision   digits or *
 *   size    h hh l ll I I32 I64 j z t w L
 *   type    d i u o x X p c C s S Z n, and % for itself
 *
 * One engine serves narrow and wide formats: text is a sequence of units, and
 * only reading the format, reading a string and storing a unit know how wide
 * a unit is.  Where the pages are silent:
 *
 * => Wide text becomes UTF-8 in narrow output, and narrow text is taken for
 *    UTF-8 in wide output; a lone surrogate prints as '?'.
 * => A precision counts units of the source (so that "%.*S" with Length / 2
 *    never reads too far), a width counts characters of the result.
 * => Floating point is not supported: the argument is skipped and the
 *    specification itself is printed.  %n skips its argument and writes
 *    nothing.  A type that means nothing prints as itself.
 * => Padding costs time in proportion to what is stored, not to the width, so
 *    that no format can keep a processor busy with interrupts off.
 */
#include "format.h"

#include <limits.h>

#include "utf.h"

typedef struct _RTLP_OUTPUT {
    void *Buffer;
    size_t Capacity; /* units that fit */
    size_t Length;   /* units so far, stored or not */
    bool Wide;
} RTLP_OUTPUT;

typedef struct _RTLP_FORMAT {
    RTLP_OUTPUT Output;
    const void *Text;
    size_t Next; /* index of the next unit of Text */
    __builtin_ms_va_list Arguments;
} RTLP_FORMAT;

typedef enum _RTLP_TEXT_SIZE {
    RtlpTextDefault,
    RtlpTextNarrow,
    RtlpTextWide
} RTLP_TEXT_SIZE;

typedef struct _RTLP_SPEC {
    bool Left, Plus, Space, Zero, Alternate, HasPrecision;
    uint8_t Bits; /* of an integer argument */
    RTLP_TEXT_SIZE TextSize;
    size_t Width;
    size_t Precision;
    size_t Start; /* where the specification begins in the format */
} RTLP_SPEC;

typedef struct _RTLP_TEXT {
    const void *Units;
    size_t Limit; /* units that may be read */
    bool Wide;
    bool Counted; /* ends at Limit only, not at a zero */
} RTLP_TEXT;

/* The layout that ANSI_STRING and UNICODE_STRING share. */
typedef struct _RTLP_COUNTED_STRING {
    uint16_t Length; /* in bytes */
    uint16_t MaximumLength;
    const void *Buffer;
} RTLP_COUNTED_STRING;

static uint32_t RtlpUnitAt(const void *Text, bool Wide, size_t Index)
{
    return Wide ? ((const uint16_t *)Text)[Index] : ((const uint8_t *)Text)[Index];
}

static void RtlpPut(RTLP_OUTPUT *Output, uint32_t Unit)
{
    if (Output->Length < Output->Capacity) {
        if (Output->Wide)
            ((uint16_t *)Output->Buffer)[Output->Length] = (uint16_t)Unit;
        else
            ((uint8_t *)Output->Buffer)[Output->Length] = (uint8_t)Unit;
    }
    Output->Length++;
}

static void RtlpPutRepeated(RTLP_OUTPUT *Output, uint32_t Unit, size_t Count)
{
    while (Count > 0 && Output->Length < Output->Capacity) {
        RtlpPut(Output, Unit);
        Count--;
    }
    Output->Length += Count;
}

static void RtlpPutCharacter(RTLP_OUTPUT *Output, uint32_t Character)
{
    uint8_t Bytes[4];
    uint16_t Units[2];
    size_t Count, Index;

    if (Output->Wide) {
        if (Character == RTLP_NOT_A_CHARACTER)
            Character = RTLP_REPLACEMENT;
        Count = RtlpEncodeUtf16(Character, Units);
        for (Index = 0; Index < Count; Index++)
            RtlpPut(Output, Units[Index]);
    } else {
        if (Character == RTLP_NOT_A_CHARACTER)
            Character = '?';
        Count = RtlpEncodeUtf8(Character, Bytes);
        for (Index = 0; Index < Count; Index++)
            RtlpPut(Output, Bytes[Index]);
    }
}

/*
 * RtlpPutText: write a string, or count its characters.
 *
 * => Output may be NULL; returns the number of characters.
 * => Units of the output's own width pass unchanged.
 */
static size_t RtlpPutText(RTLP_OUTPUT *Output, bool Wide, const RTLP_TEXT *Text)
{
    size_t Index = 0, Count = 0;

    while (Index < Text->Limit) {
        uint32_t Unit = RtlpUnitAt(Text->Units, Text->Wide, Index);

        if (Unit == 0 && !Text->Counted)
            break;
        if (Text->Wide == Wide) {
            if (Output != NULL)
                RtlpPut(Output, Unit);
            Index++;
        } else {
            uint32_t Character;

            if (Text->Wide)
                Index += RtlpDecodeUtf16((const uint16_t *)Text->Units + Index,
                                         Text->Limit - Index, &Character);
            else
                Index += RtlpDecodeUtf8((const uint8_t *)Text->Units + Index,
                                        Text->Limit - Index, &Character);
            if (Output != NULL)
                RtlpPutCharacter(Output, Character);
        }
        Count++;
    }
    return Count;
}

static void RtlpPutField(RTLP_OUTPUT *Output, const RTLP_SPEC *Spec, const RTLP_TEXT *Text)
{
    size_t Padding = 0;

    if (Spec->Width > 0) {
        size_t Count = RtlpPutText(NULL, Output->Wide, Text);

        if (Count < Spec->Width)
            Padding = Spec->Width - Count;
    }
    if (!Spec->Left)
        RtlpPutRepeated(Output, Spec->Zero ? '0' : ' ', Padding);
    RtlpPutText(Output, Output->Wide, Text);
    if (Spec->Left)
        RtlpPutRepeated(Output, ' ', Padding);
}

/* RtlpTextIsWide: apply the size prefixes; %S and %C are of the opposite width. */
static bool RtlpTextIsWide(const RTLP_OUTPUT *Output, const RTLP_SPEC *Spec, bool Opposite)
{
    if (Spec->TextSize != RtlpTextDefault)
        return Spec->TextSize == RtlpTextWide;
    return Output->Wide != Opposite;
}

static uint64_t RtlpNextArgument(RTLP_FORMAT *Format)
{
    /* Every argument, a double too, is one 8-byte slot; upper halves are undefined. */
    return __builtin_va_arg(Format->Arguments, uint64_t);
}

static void RtlpPutCharacterArgument(RTLP_FORMAT *Format, const RTLP_SPEC *Spec, bool Opposite)
{
    uint64_t Argument = RtlpNextArgument(Format);
    uint16_t WideUnit = (uint16_t)Argument;
    uint8_t NarrowUnit = (uint8_t)Argument;
    RTLP_TEXT Text = { .Limit = 1, .Counted = true };

    Text.Wide = RtlpTextIsWide(&Format->Output, Spec, Opposite);
    Text.Units = Text.Wide ? (const void *)&WideUnit : &NarrowUnit;
    RtlpPutField(&Format->Output, Spec, &Text);
}

static void RtlpPutTextArgument(RTLP_FORMAT *Format, const RTLP_SPEC *Spec, RTLP_TEXT *Text)
{
    if (Text->Units == NULL)
        *Text = (RTLP_TEXT){ .Units = "(null)", .Limit = SIZE_MAX };
    if (Spec->HasPrecision && Spec->Precision < Text->Limit)
        Text->Limit = Spec->Precision;
    RtlpPutField(&Format->Output, Spec, Text);
}

static void RtlpPutStringArgument(RTLP_FORMAT *Format, const RTLP_SPEC *Spec, bool Opposite)
{
    RTLP_TEXT Text = { .Limit = SIZE_MAX };

    Text.Units = (const void *)(uintptr_t)RtlpNextArgument(Format);
    Text.Wide = RtlpTextIsWide(&Format->Output, Spec, Opposite);
    RtlpPutTextArgument(Format, Spec, &Text);
}

static void RtlpPutCountedString(RTLP_FORMAT *Format, const RTLP_SPEC *Spec)
{
    const RTLP_COUNTED_STRING *String =
        (const RTLP_COUNTED_STRING *)(uintptr_t)RtlpNextArgument(Format);
    RTLP_TEXT Text = { .Counted = true };

    Text.Wide = Spec->TextSize == RtlpTextWide;
    if (String != NULL) {
        Text.Units = String->Buffer;
        Text.Limit = Text.Wide ? String->Length / 2u : String->Length;
    }
    RtlpPutTextArgument(Format, Spec, &Text);
}

/*
 * RtlpPutNumber: write sign or prefix, zeros and digits in their field.
 *
 * => Prefix is at most two characters; it goes before the zeros.
 * => Base is 8, 10 or 16; Letter is the 'a' or 'A' of the digits above 9.
 */
static void RtlpPutNumber(RTLP_OUTPUT *Output, const RTLP_SPEC *Spec, const char *Prefix,
                          uint64_t Value, unsigned Base, char Letter)
{
    char Digits[22]; /* 64 bits in octal */
    size_t Count = 0, Zeros = 0, Padding = 0, PrefixLength = 0;
    size_t Minimum = Spec->HasPrecision ? Spec->Precision : 1;

    for (; Value != 0; Value /= Base) {
        unsigned Digit = (unsigned)(Value % Base);

        Digits[Count++] = (char)(Digit < 10 ? '0' + Digit : Letter + (Digit - 10));
    }
    /* An alternate octal number begins with a zero, be it of the precision. */
    if (Base == 8 && Spec->Alternate && Count > 0 && Count >= Minimum)
        Minimum = Count + 1;
    if (Count < Minimum)
        Zeros = Minimum - Count;
    while (Prefix[PrefixLength] != 0)
        PrefixLength++;
    if (PrefixLength + Zeros + Count < Spec->Width)
        Padding = Spec->Width - PrefixLength - Zeros - Count;
    if (Spec->Zero && !Spec->Left && !Spec->HasPrecision) {
        Zeros += Padding;
        Padding = 0;
    }

    if (!Spec->Left)
        RtlpPutRepeated(Output, ' ', Padding);
    while (*Prefix != 0)
        RtlpPut(Output, (uint8_t)*Prefix++);
    RtlpPutRepeated(Output, '0', Zeros);
    while (Count > 0)
        RtlpPut(Output, (uint8_t)Digits[--Count]);
    if (Spec->Left)
        RtlpPutRepeated(Output, ' ', Padding);
}

static void RtlpPutSigned(RTLP_FORMAT *Format, const RTLP_SPEC *Spec)
{
    unsigned Shift = 64u - Spec->Bits;
    int64_t Value = (int64_t)(RtlpNextArgument(Format) << Shift) >> Shift;
    uint64_t Magnitude = Value < 0 ? 0 - (uint64_t)Value : (uint64_t)Value;
    const char *Sign = "";

    if (Value < 0)
        Sign = "-";
    else if (Spec->Plus)
        Sign = "+";
    else if (Spec->Space)
        Sign = " ";
    RtlpPutNumber(&Format->Output, Spec, Sign, Magnitude, 10, 'A');
}

static void RtlpPutUnsigned(RTLP_FORMAT *Format, const RTLP_SPEC *Spec, unsigned Base, char Letter)
{
    unsigned Shift = 64u - Spec->Bits;
    uint64_t Value = RtlpNextArgument(Format) << Shift >> Shift;
    const char *Prefix = "";

    if (Base == 16 && Spec->Alternate && Value != 0)
        Prefix = Letter == 'a' ? "0x" : "0X";
    RtlpPutNumber(&Format->Output, Spec, Prefix, Value, Base, Letter);
}

static void RtlpPutPointer(RTLP_FORMAT *Format, RTLP_SPEC *Spec)
{
    Spec->Bits = 64;
    Spec->HasPrecision = true;
    Spec->Precision = 16;
    RtlpPutUnsigned(Format, Spec, 16, 'A');
}

static uint32_t RtlpPeek(const RTLP_FORMAT *Format, size_t Ahead)
{
    return RtlpUnitAt(Format->Text, Format->Output.Wide, Format->Next + Ahead);
}

static bool RtlpAccept(RTLP_FORMAT *Format, uint32_t Unit)
{
    if (RtlpPeek(Format, 0) != Unit)
        return false;
    Format->Next++;
    return true;
}

static void RtlpParseFlags(RTLP_FORMAT *Format, RTLP_SPEC *Spec)
{
    for (;; Format->Next++) {
        switch (RtlpPeek(Format, 0)) {
        case '-': Spec->Left = true; break;
        case '+': Spec->Plus = true; break;
        case ' ': Spec->Space = true; break;
        case '0': Spec->Zero = true; break;
        case '#': Spec->Alternate = true; break;
        default: return;
        }
    }
}

/* RtlpParseCount: read digits, none being 0; stops growing at INT_MAX. */
static size_t RtlpParseCount(RTLP_FORMAT *Format)
{
    size_t Count = 0;

    while (RtlpPeek(Format, 0) >= '0' && RtlpPeek(Format, 0) <= '9') {
        Count = Count * 10 + (RtlpPeek(Format, 0) - '0');
        if (Count > INT_MAX)
            Count = INT_MAX;
        Format->Next++;
    }
    return Count;
}

static void RtlpParseWidthAndPrecision(RTLP_FORMAT *Format, RTLP_SPEC *Spec)
{
    int32_t Argument;

    if (RtlpAccept(Format, '*')) {
        Argument = (int32_t)RtlpNextArgument(Format);
        if (Argument < 0)
            Spec->Left = true;
        Spec->Width = Argument < 0 ? 0u - (uint32_t)Argument : (uint32_t)Argument;
    } else {
        Spec->Width = RtlpParseCount(Format);
    }
    if (!RtlpAccept(Format, '.'))
        return;
    if (RtlpAccept(Format, '*')) {
        Argument = (int32_t)RtlpNextArgument(Format);
        Spec->HasPrecision = Argument >= 0;
        Spec->Precision = Argument >= 0 ? (size_t)Argument : 0;
    } else {
        Spec->HasPrecision = true;
        Spec->Precision = RtlpParseCount(Format);
    }
}

static void RtlpParseSize(RTLP_FORMAT *Format, RTLP_SPEC *Spec)
{
    Spec->Bits = 32;
    if (RtlpAccept(Format, 'h')) {
        Spec->TextSize = RtlpTextNarrow;
        Spec->Bits = RtlpAccept(Format, 'h') ? 8 : 16;
    } else if (RtlpAccept(Format, 'l')) {
        Spec->TextSize = RtlpTextWide;
        Spec->Bits = RtlpAccept(Format, 'l') ? 64 : 32;
    } else if (RtlpAccept(Format, 'w')) {
        Spec->TextSize = RtlpTextWide;
    } else if (RtlpAccept(Format, 'j') || RtlpAccept(Format, 'z') || RtlpAccept(Format, 't')) {
        Spec->Bits = 64;
    } else if (RtlpAccept(Format, 'I')) {
        Spec->Bits = 64;
        if (RtlpPeek(Format, 0) == '3' && RtlpPeek(Format, 1) == '2') {
            Spec->Bits = 32;
            Format->Next += 2;
        } else if (RtlpPeek(Format, 0) == '6' && RtlpPeek(Format, 1) == '4') {
            Format->Next += 2;
        }
    } else {
        RtlpAccept(Format, 'L');
    }
}

static void RtlpPutUnsupported(RTLP_FORMAT *Format, const RTLP_SPEC *Spec)
{
    size_t Index;

    RtlpNextArgument(Format);
    for (Index = Spec->Start; Index < Format->Next; Index++)
        RtlpPut(&Format->Output, RtlpUnitAt(Format->Text, Format->Output.Wide, Index));
}

static void RtlpConvert(RTLP_FORMAT *Format, RTLP_SPEC *Spec)
{
    uint32_t Type = RtlpPeek(Format, 0);

    if (Type == 0)
        return;
    Format->Next++;
    switch (Type) {
    case 'd':
    case 'i': RtlpPutSigned(Format, Spec); break;
    case 'u': RtlpPutUnsigned(Format, Spec, 10, 'a'); break;
    case 'o': RtlpPutUnsigned(Format, Spec, 8, 'a'); break;
    case 'x': RtlpPutUnsigned(Format, Spec, 16, 'a'); break;
    case 'X': RtlpPutUnsigned(Format, Spec, 16, 'A'); break;
    case 'p': RtlpPutPointer(Format, Spec); break;
    case 'c':
    case 'C': RtlpPutCharacterArgument(Format, Spec, Type == 'C'); break;
    case 's':
    case 'S': RtlpPutStringArgument(Format, Spec, Type == 'S'); break;
    case 'Z': RtlpPutCountedString(Format, Spec); break;
    case 'n': RtlpNextArgument(Format); break;
    case 'a': case 'A': case 'e': case 'E':
    case 'f': case 'F': case 'g': case 'G': RtlpPutUnsupported(Format, Spec); break;
    default: RtlpPut(&Format->Output, Type); break;
    }
}

int RtlpFormatUnits(void *Buffer, size_t Capacity, bool Wide, const void *Text,
                    __builtin_ms_va_list Arguments)
{
    RTLP_FORMAT Format = {
        .Output = { .Buffer = Buffer, .Capacity = Capacity, .Wide = Wide },
        .Text = Text,
        .Arguments = Arguments,
    };

    while (RtlpPeek(&Format, 0) != 0) {
        RTLP_SPEC Spec = { .Start = Format.Next };

        if (!RtlpAccept(&Format, '%')) {
            RtlpPut(&Format.Output, RtlpPeek(&Format, 0));
            Format.Next++;
            continue;
        }
        RtlpParseFlags(&Format, &Spec);
        RtlpParseWidthAndPrecision(&Format, &Spec);
        RtlpParseSize(&Format, &Spec);
        RtlpConvert(&Format, &Spec);
    }
    return Format.Output.Length > INT_MAX ? INT_MAX : (int)Format.Output.Length;
}

int RtlpFormat(char *Buffer, size_t Size, const char *Format, __builtin_ms_va_list Arguments)
{
    size_t Capacity = Size > 0 ? Size - 1 : 0;
    int Length = RtlpFormatUnits(Buffer, Capacity, false, Format, Arguments);

    if (Size > 0)
        Buffer[(size_t)Length < Capacity ? (size_t)Length : Capacity] = 0;
    return Length;
}

int RtlpFormatWide(uint16_t *Buffer, size_t Size, const uint16_t *Format,
                   __builtin_ms_va_list Arguments)
{
    size_t Capacity = Size > 0 ? Size - 1 : 0;
    int Length = RtlpFormatUnits(Buffer, Capacity, true, Format, Arguments);

    if (Size > 0)
        Buffer[(size_t)Length < Capacity ? (size_t)Length : Capacity] = 0;
    return Length;
}

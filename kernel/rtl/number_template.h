/* SPDX-License-Identifier: MIT */
/*
 * number_template.h: text to integer and back, once for both widths.
 *
 * number.c and wnumber.c define RTLP_NAME and RTLP_UNIT, as
 * string_template.h describes, and include this.
 *
 * All run at any IRQL if the strings are resident.  A value out of range gives
 * the nearest one that fits; long has 32 bits.  The bracketed words are titles
 * of Microsoft's C runtime reference.
 */

typedef struct _RTLP_SCAN {
    uint64_t Magnitude; /* UINT64_MAX if it does not fit */
    bool Negative;
    bool Overflow;
} RTLP_SCAN;

static unsigned RtlpDigit(RTLP_UNIT Unit)
{
    if (Unit >= '0' && Unit <= '9')
        return (unsigned)Unit - '0';
    if (Unit >= 'a' && Unit <= 'z')
        return (unsigned)Unit - 'a' + 10;
    if (Unit >= 'A' && Unit <= 'Z')
        return (unsigned)Unit - 'A' + 10;
    return UINT_MAX;
}

static bool RtlpIsSpace(RTLP_UNIT Unit)
{
    return Unit == ' ' || (Unit >= '\t' && Unit <= '\r');
}

/*
 * RtlpScan: read white space, a sign, the prefix of a base and digits.
 *
 * => Base is 2 to 36, or 0 for what the prefix says; others read nothing.
 * => End, unless NULL, gets the first unit not read, or the string itself if
 *    there are no digits.
 */
static RTLP_SCAN RtlpScan(const RTLP_UNIT *String, RTLP_UNIT **End, int Base)
{
    RTLP_SCAN Scan = { 0 };
    const RTLP_UNIT *Next = String, *Last = String;

    if (Base < 0 || Base == 1 || Base > 36)
        goto Done;
    while (RtlpIsSpace(*Next))
        Next++;
    if (*Next == '-' || *Next == '+')
        Scan.Negative = *Next++ == '-';
    if ((Base == 0 || Base == 16) && Next[0] == '0' && (Next[1] == 'x' || Next[1] == 'X') &&
        RtlpDigit(Next[2]) < 16) {
        Next += 2;
        Base = 16;
    } else if (Base == 0) {
        Base = *Next == '0' ? 8 : 10;
    }
    while (RtlpDigit(*Next) < (unsigned)Base) {
        unsigned Digit = RtlpDigit(*Next++);

        if (Scan.Magnitude > (UINT64_MAX - Digit) / (unsigned)Base)
            Scan.Overflow = true;
        else
            Scan.Magnitude = Scan.Magnitude * (unsigned)Base + Digit;
        Last = Next;
    }
    if (Scan.Overflow)
        Scan.Magnitude = UINT64_MAX;
Done:
    if (End != NULL)
        *End = (RTLP_UNIT *)(uintptr_t)Last;
    return Scan;
}

/* RtlpClampSigned: the signed value nearest to what was read; Maximum is 2^n - 1. */
static int64_t RtlpClampSigned(RTLP_SCAN Scan, int64_t Maximum)
{
    if (Scan.Negative)
        return Scan.Magnitude > (uint64_t)Maximum ? -Maximum - 1 : -(int64_t)Scan.Magnitude;
    return Scan.Magnitude > (uint64_t)Maximum ? Maximum : (int64_t)Scan.Magnitude;
}

/* RtlpClampUnsigned: the same; a minus sign negates in the type, as in C. */
static uint64_t RtlpClampUnsigned(RTLP_SCAN Scan, uint64_t Maximum)
{
    if (Scan.Overflow || Scan.Magnitude > Maximum)
        return Maximum;
    return Scan.Negative ? 0 - Scan.Magnitude : Scan.Magnitude;
}

/* Decimal text to int. ["atoi, _atoi_l, _wtoi, _wtoi_l"] */
int RTLCRT RTLP_NAME(atoi, _wtoi)(const RTLP_UNIT *String)
{
    return (int)RtlpClampSigned(RtlpScan(String, NULL, 10), INT32_MAX);
}

/* Decimal text to long. ["atol, _atol_l, _wtol, _wtol_l"] */
int32_t RTLCRT RTLP_NAME(atol, _wtol)(const RTLP_UNIT *String)
{
    return (int32_t)RtlpClampSigned(RtlpScan(String, NULL, 10), INT32_MAX);
}

/* Decimal text to __int64. ["_atoi64, _atoi64_l, _wtoi64, _wtoi64_l"] */
int64_t RTLCRT RTLP_NAME(_atoi64, _wtoi64)(const RTLP_UNIT *String)
{
    return RtlpClampSigned(RtlpScan(String, NULL, 10), INT64_MAX);
}

/* Text to long. ["strtol, wcstol"] */
int32_t RTLCRT RTLP_NAME(strtol, wcstol)(const RTLP_UNIT *String, RTLP_UNIT **End, int Base)
{
    return (int32_t)RtlpClampSigned(RtlpScan(String, End, Base), INT32_MAX);
}

/* Text to unsigned long. ["strtoul, wcstoul"] */
uint32_t RTLCRT RTLP_NAME(strtoul, wcstoul)(const RTLP_UNIT *String, RTLP_UNIT **End, int Base)
{
    return (uint32_t)RtlpClampUnsigned(RtlpScan(String, End, Base), UINT32_MAX);
}

/* Text to __int64. ["_strtoi64, _wcstoi64"] */
int64_t RTLCRT RTLP_NAME(_strtoi64, _wcstoi64)(const RTLP_UNIT *String, RTLP_UNIT **End, int Base)
{
    return RtlpClampSigned(RtlpScan(String, End, Base), INT64_MAX);
}

/* Text to unsigned __int64. ["_strtoui64, _wcstoui64"] */
uint64_t RTLCRT RTLP_NAME(_strtoui64, _wcstoui64)(const RTLP_UNIT *String, RTLP_UNIT **End,
                                                  int Base)
{
    return RtlpClampUnsigned(RtlpScan(String, End, Base), UINT64_MAX);
}

/*
 * RtlpWriteNumber: write sign and digits.
 *
 * => EINVAL for a null or empty buffer or a radix outside 2 to 36, ERANGE if it
 *    does not fit; the string is empty then, where there is one.
 */
static int RtlpWriteNumber(uint64_t Magnitude, bool Negative, RTLP_UNIT *String, size_t Size,
                           int Radix)
{
    size_t Length = Negative ? 2 : 1;
    uint64_t Rest;

    if (String == NULL || Size == 0)
        return RTLP_EINVAL;
    String[0] = 0;
    if (Radix < 2 || Radix > 36)
        return RTLP_EINVAL;
    for (Rest = Magnitude; Rest >= (unsigned)Radix; Rest /= (unsigned)Radix)
        Length++;
    if (Length >= Size)
        return RTLP_ERANGE;
    String[Length] = 0;
    do {
        unsigned Digit = (unsigned)(Magnitude % (unsigned)Radix);

        String[--Length] = (RTLP_UNIT)(Digit < 10 ? '0' + Digit : 'a' + (Digit - 10));
        Magnitude /= (unsigned)Radix;
    } while (Magnitude != 0);
    if (Negative)
        String[0] = '-';
    return 0;
}

/* RtlpWriteSigned: only radix 10 has a sign; Mask is the type's bits for the others. */
static int RtlpWriteSigned(int64_t Value, uint64_t Mask, RTLP_UNIT *String, size_t Size, int Radix)
{
    bool Negative = Value < 0 && Radix == 10;

    return RtlpWriteNumber(Negative ? 0 - (uint64_t)Value : (uint64_t)Value & Mask, Negative,
                           String, Size, Radix);
}

/* int to text, into a buffer that is large enough. ["itoa, _itoa, ltoa, _ltoa, ..."] */
RTLP_UNIT *RTLCRT RTLP_NAME(_itoa, _itow)(int Value, RTLP_UNIT *String, int Radix)
{
    RtlpWriteSigned(Value, UINT32_MAX, String, 34, Radix);
    return String;
}

/* The rest: ["_itoa_s, _ltoa_s, _ultoa_s, _i64toa_s, _ui64toa_s, _itow_s, ..."] */
int RTLCRT RTLP_NAME(_itoa_s, _itow_s)(int Value, RTLP_UNIT *String, size_t Size, int Radix)
{
    return RtlpWriteSigned(Value, UINT32_MAX, String, Size, Radix);
}

int RTLCRT RTLP_NAME(_ltoa_s, _ltow_s)(int32_t Value, RTLP_UNIT *String, size_t Size, int Radix)
{
    return RtlpWriteSigned(Value, UINT32_MAX, String, Size, Radix);
}

int RTLCRT RTLP_NAME(_ultoa_s, _ultow_s)(uint32_t Value, RTLP_UNIT *String, size_t Size, int Radix)
{
    return RtlpWriteNumber(Value, false, String, Size, Radix);
}

int RTLCRT RTLP_NAME(_i64toa_s, _i64tow_s)(int64_t Value, RTLP_UNIT *String, size_t Size,
                                           int Radix)
{
    return RtlpWriteSigned(Value, UINT64_MAX, String, Size, Radix);
}

int RTLCRT RTLP_NAME(_ui64toa_s, _ui64tow_s)(uint64_t Value, RTLP_UNIT *String, size_t Size,
                                             int Radix)
{
    return RtlpWriteNumber(Value, false, String, Size, Radix);
}

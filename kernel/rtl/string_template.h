/* SPDX-License-Identifier: MIT */
/*
 * string_template.h: the string routines, once for both widths.
 *
 * string.c and wstring.c include this after defining
 *
 *   RTLP_NAME(Narrow, Wide)  one of the two names
 *   RTLP_UNIT                the type of a unit, char or uint16_t
 *   RTLP_VALUE               the type to compare units in, uint8_t or uint16_t
 *   RTLP_CHARACTER           how a single character is passed, int or uint16_t
 *
 * Letters are those of the C locale: A-Z and a-z, in wide strings too.
 * All run at any IRQL if the strings are resident, and report no errors.
 * The bracketed words are titles of Microsoft's C runtime reference.
 */

static inline RTLP_VALUE RtlpFold(RTLP_UNIT Unit)
{
    RTLP_VALUE Value = (RTLP_VALUE)Unit;

    return Value >= 'A' && Value <= 'Z' ? (RTLP_VALUE)(Value + ('a' - 'A')) : Value;
}

static inline RTLP_UNIT *RtlpPointer(const RTLP_UNIT *String)
{
    return (RTLP_UNIT *)(uintptr_t)String;
}

/* Length of a string. ["strlen, wcslen"] */
size_t RTLCRT RTLP_NAME(strlen, wcslen)(const RTLP_UNIT *String)
{
    size_t Length = 0;

    while (String[Length] != 0)
        Length++;
    return Length;
}

/* Length of a string, at most Maximum. ["strnlen, strnlen_s"] */
size_t RTLCRT RTLP_NAME(strnlen, wcsnlen)(const RTLP_UNIT *String, size_t Maximum)
{
    size_t Length = 0;

    while (Length < Maximum && String[Length] != 0)
        Length++;
    return Length;
}

/* Copy a string. ["strcpy, wcscpy"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strcpy, wcscpy)(RTLP_UNIT *Destination, const RTLP_UNIT *Source)
{
    size_t Index = 0;

    do {
        Destination[Index] = Source[Index];
    } while (Source[Index++] != 0);
    return Destination;
}

/* Copy Count units, padded by zeros, perhaps unterminated. ["strncpy, wcsncpy"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strncpy, wcsncpy)(RTLP_UNIT *Destination, const RTLP_UNIT *Source,
                                              size_t Count)
{
    size_t Index = 0;

    for (; Index < Count && Source[Index] != 0; Index++)
        Destination[Index] = Source[Index];
    for (; Index < Count; Index++)
        Destination[Index] = 0;
    return Destination;
}

/* Append a string. ["strcat, wcscat"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strcat, wcscat)(RTLP_UNIT *Destination, const RTLP_UNIT *Source)
{
    RTLP_NAME(strcpy, wcscpy)(Destination + RTLP_NAME(strlen, wcslen)(Destination), Source);
    return Destination;
}

/* Append at most Count units and a terminator. ["strncat, wcsncat"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strncat, wcsncat)(RTLP_UNIT *Destination, const RTLP_UNIT *Source,
                                              size_t Count)
{
    RTLP_UNIT *End = Destination + RTLP_NAME(strlen, wcslen)(Destination);

    for (; Count > 0 && *Source != 0; Count--)
        *End++ = *Source++;
    *End = 0;
    return Destination;
}

/* Compare strings. ["strcmp, wcscmp"] */
int RTLCRT RTLP_NAME(strcmp, wcscmp)(const RTLP_UNIT *First, const RTLP_UNIT *Second)
{
    return RTLP_NAME(strncmp, wcsncmp)(First, Second, SIZE_MAX);
}

/* Compare at most Count units. ["strncmp, wcsncmp"] */
int RTLCRT RTLP_NAME(strncmp, wcsncmp)(const RTLP_UNIT *First, const RTLP_UNIT *Second,
                                       size_t Count)
{
    for (; Count > 0; Count--, First++, Second++) {
        if (*First != *Second)
            return (RTLP_VALUE)*First < (RTLP_VALUE)*Second ? -1 : 1;
        if (*First == 0)
            break;
    }
    return 0;
}

/* Compare strings without regard to case. ["_stricmp, _wcsicmp"] */
int RTLCRT RTLP_NAME(_stricmp, _wcsicmp)(const RTLP_UNIT *First, const RTLP_UNIT *Second)
{
    return RTLP_NAME(_strnicmp, _wcsnicmp)(First, Second, SIZE_MAX);
}

/* Compare at most Count units without regard to case. ["_strnicmp, _wcsnicmp"] */
int RTLCRT RTLP_NAME(_strnicmp, _wcsnicmp)(const RTLP_UNIT *First, const RTLP_UNIT *Second,
                                           size_t Count)
{
    for (; Count > 0; Count--, First++, Second++) {
        if (RtlpFold(*First) != RtlpFold(*Second))
            return RtlpFold(*First) < RtlpFold(*Second) ? -1 : 1;
        if (*First == 0)
            break;
    }
    return 0;
}

/* First place of a character, the terminator included; or NULL. ["strchr, wcschr"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strchr, wcschr)(const RTLP_UNIT *String, RTLP_CHARACTER Character)
{
    for (;; String++) {
        if (*String == (RTLP_UNIT)Character)
            return RtlpPointer(String);
        if (*String == 0)
            return NULL;
    }
}

/* Last place of a character, the terminator included; or NULL. ["strrchr, wcsrchr"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strrchr, wcsrchr)(const RTLP_UNIT *String, RTLP_CHARACTER Character)
{
    const RTLP_UNIT *Last = NULL;

    for (;; String++) {
        if (*String == (RTLP_UNIT)Character)
            Last = String;
        if (*String == 0)
            return RtlpPointer(Last);
    }
}

/* First place of a string in another; or NULL. ["strstr, wcsstr"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strstr, wcsstr)(const RTLP_UNIT *String, const RTLP_UNIT *Part)
{
    size_t Length = RTLP_NAME(strlen, wcslen)(Part);

    for (;; String++) {
        if (RTLP_NAME(strncmp, wcsncmp)(String, Part, Length) == 0)
            return RtlpPointer(String);
        if (*String == 0)
            return NULL;
    }
}

static inline int RtlpIsInSet(RTLP_UNIT Unit, const RTLP_UNIT *Set)
{
    while (*Set != 0 && *Set != Unit)
        Set++;
    return *Set != 0;
}

/* Length of the beginning made of a set's characters. ["strspn, wcsspn"] */
size_t RTLCRT RTLP_NAME(strspn, wcsspn)(const RTLP_UNIT *String, const RTLP_UNIT *Set)
{
    size_t Length = 0;

    while (String[Length] != 0 && RtlpIsInSet(String[Length], Set))
        Length++;
    return Length;
}

/* Length of the beginning without any of a set's characters. ["strcspn, wcscspn"] */
size_t RTLCRT RTLP_NAME(strcspn, wcscspn)(const RTLP_UNIT *String, const RTLP_UNIT *Set)
{
    size_t Length = 0;

    while (String[Length] != 0 && !RtlpIsInSet(String[Length], Set))
        Length++;
    return Length;
}

/* First place of any of a set's characters; or NULL. ["strpbrk, wcspbrk"] */
RTLP_UNIT *RTLCRT RTLP_NAME(strpbrk, wcspbrk)(const RTLP_UNIT *String, const RTLP_UNIT *Set)
{
    String += RTLP_NAME(strcspn, wcscspn)(String, Set);
    return *String != 0 ? RtlpPointer(String) : NULL;
}

/* Make a string lower-case in place. ["_strlwr, _wcslwr"] */
RTLP_UNIT *RTLCRT RTLP_NAME(_strlwr, _wcslwr)(RTLP_UNIT *String)
{
    RTLP_UNIT *Unit;

    for (Unit = String; *Unit != 0; Unit++)
        *Unit = (RTLP_UNIT)RtlpFold(*Unit);
    return String;
}

/* Make a string upper-case in place. ["_strupr, _wcsupr"] */
RTLP_UNIT *RTLCRT RTLP_NAME(_strupr, _wcsupr)(RTLP_UNIT *String)
{
    RTLP_UNIT *Unit;

    for (Unit = String; *Unit != 0; Unit++) {
        if (*Unit >= 'a' && *Unit <= 'z')
            *Unit = (RTLP_UNIT)(*Unit - ('a' - 'A'));
    }
    return String;
}

/* Reverse a string in place. ["_strrev, _wcsrev"] */
RTLP_UNIT *RTLCRT RTLP_NAME(_strrev, _wcsrev)(RTLP_UNIT *String)
{
    size_t Left = 0, Right = RTLP_NAME(strlen, wcslen)(String);

    while (Left + 1 < Right) {
        RTLP_UNIT Unit = String[Left];

        String[Left++] = String[--Right];
        String[Right] = Unit;
    }
    return String;
}

/* Replace every character. ["_strset, _wcsset"] */
RTLP_UNIT *RTLCRT RTLP_NAME(_strset, _wcsset)(RTLP_UNIT *String, RTLP_CHARACTER Character)
{
    return RTLP_NAME(_strnset, _wcsnset)(String, Character, SIZE_MAX);
}

/* Replace the first Count characters. ["_strnset, _wcsnset"] */
RTLP_UNIT *RTLCRT RTLP_NAME(_strnset, _wcsnset)(RTLP_UNIT *String, RTLP_CHARACTER Character,
                                                size_t Count)
{
    size_t Index;

    for (Index = 0; Index < Count && String[Index] != 0; Index++)
        String[Index] = (RTLP_UNIT)Character;
    return String;
}

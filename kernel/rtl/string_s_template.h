/* SPDX-License-Identifier: MIT */
/*
 * string_s_template.h: the checking string routines, once for both widths.
 *
 * string_s.c and wstring_s.c define RTLP_NAME, RTLP_UNIT, RTLP_VALUE and
 * RTLP_CHARACTER, as string_template.h describes, and include this.
 *
 * All run at any IRQL if the strings are resident.  They return 0 or an errno
 * value: EINVAL for a null pointer, an empty destination or an unterminated
 * one, ERANGE if the result does not fit, STRUNCATE if it was cut as
 * _TRUNCATE asks for.  After EINVAL and ERANGE the destination is empty,
 * where there is one.  The bracketed words are titles of Microsoft's C
 * runtime reference.
 */

static int RtlpFail(RTLP_UNIT *Destination, size_t Size, int Error)
{
    if (Destination != NULL && Size > 0)
        Destination[0] = 0;
    return Error;
}

/* RtlpAppend: put at most Count units of Source and a terminator at Start. */
static int RtlpAppend(RTLP_UNIT *Destination, size_t Size, size_t Start, const RTLP_UNIT *Source,
                      size_t Count)
{
    size_t Index;

    for (Index = 0; Index < Count && Source[Index] != 0; Index++) {
        if (Start + Index + 1 >= Size) {
            if (Count != RTLP_TRUNCATE)
                return RtlpFail(Destination, Size, RTLP_ERANGE);
            Destination[Start + Index] = 0;
            return RTLP_STRUNCATE;
        }
        Destination[Start + Index] = Source[Index];
    }
    Destination[Start + Index] = 0;
    return 0;
}

/* Copy at most Count units. ["strncpy_s, wcsncpy_s"] */
int RTLCRT RTLP_NAME(strncpy_s, wcsncpy_s)(RTLP_UNIT *Destination, size_t Size,
                                           const RTLP_UNIT *Source, size_t Count)
{
    if (Destination == NULL && Size == 0 && Count == 0)
        return 0;
    if (Destination == NULL || Size == 0)
        return RTLP_EINVAL;
    if (Count == 0)
        return RtlpFail(Destination, Size, 0);
    if (Source == NULL)
        return RtlpFail(Destination, Size, RTLP_EINVAL);
    return RtlpAppend(Destination, Size, 0, Source, Count);
}

/* Copy a string. ["strcpy_s, wcscpy_s"] */
int RTLCRT RTLP_NAME(strcpy_s, wcscpy_s)(RTLP_UNIT *Destination, size_t Size,
                                         const RTLP_UNIT *Source)
{
    if (Destination == NULL || Size == 0 || Source == NULL)
        return RtlpFail(Destination, Size, RTLP_EINVAL);
    return RtlpAppend(Destination, Size, 0, Source, SIZE_MAX - 1);
}

static int RtlpConcatenate(RTLP_UNIT *Destination, size_t Size, const RTLP_UNIT *Source,
                           size_t Count)
{
    size_t Start = 0;

    if (Destination == NULL || Size == 0 || (Source == NULL && Count != 0))
        return RtlpFail(Destination, Size, RTLP_EINVAL);
    while (Start < Size && Destination[Start] != 0)
        Start++;
    if (Start == Size)
        return RtlpFail(Destination, Size, RTLP_EINVAL);
    return RtlpAppend(Destination, Size, Start, Source, Count);
}

/* Append a string. ["strcat_s, wcscat_s"] */
int RTLCRT RTLP_NAME(strcat_s, wcscat_s)(RTLP_UNIT *Destination, size_t Size,
                                         const RTLP_UNIT *Source)
{
    return RtlpConcatenate(Destination, Size, Source, SIZE_MAX - 1);
}

/* Append at most Count units. ["strncat_s, wcsncat_s"] */
int RTLCRT RTLP_NAME(strncat_s, wcsncat_s)(RTLP_UNIT *Destination, size_t Size,
                                           const RTLP_UNIT *Source, size_t Count)
{
    if (Destination == NULL && Size == 0 && Count == 0)
        return 0;
    return RtlpConcatenate(Destination, Size, Source, Count);
}

/* RtlpIsTerminated: check an in-place routine's string. */
static int RtlpIsTerminated(const RTLP_UNIT *String, size_t Size)
{
    size_t Index;

    if (String == NULL)
        return 0;
    for (Index = 0; Index < Size; Index++) {
        if (String[Index] == 0)
            return 1;
    }
    return 0;
}

/* Make a string lower-case in place. ["_strlwr_s, _wcslwr_s"] */
int RTLCRT RTLP_NAME(_strlwr_s, _wcslwr_s)(RTLP_UNIT *String, size_t Size)
{
    if (!RtlpIsTerminated(String, Size))
        return RtlpFail(String, Size, RTLP_EINVAL);
    RTLP_NAME(_strlwr, _wcslwr)(String);
    return 0;
}

/* Make a string upper-case in place. ["_strupr_s, _wcsupr_s"] */
int RTLCRT RTLP_NAME(_strupr_s, _wcsupr_s)(RTLP_UNIT *String, size_t Size)
{
    if (!RtlpIsTerminated(String, Size))
        return RtlpFail(String, Size, RTLP_EINVAL);
    RTLP_NAME(_strupr, _wcsupr)(String);
    return 0;
}

/* Replace every character. ["_strset_s, _wcsset_s"] */
int RTLCRT RTLP_NAME(_strset_s, _wcsset_s)(RTLP_UNIT *String, size_t Size,
                                           RTLP_CHARACTER Character)
{
    return RTLP_NAME(_strnset_s, _wcsnset_s)(String, Size, Character, SIZE_MAX);
}

/* Replace the first Count characters. ["_strnset_s, _wcsnset_s"] */
int RTLCRT RTLP_NAME(_strnset_s, _wcsnset_s)(RTLP_UNIT *String, size_t Size,
                                             RTLP_CHARACTER Character, size_t Count)
{
    if (!RtlpIsTerminated(String, Size))
        return RtlpFail(String, Size, RTLP_EINVAL);
    RTLP_NAME(_strnset, _wcsnset)(String, Character, Count);
    return 0;
}

/*
 * Next word of a string, which is cut up in place. ["strtok_s, wcstok_s"]
 *
 * => NULL when there are no more words.
 */
RTLP_UNIT *RTLCRT RTLP_NAME(strtok_s, wcstok_s)(RTLP_UNIT *String, const RTLP_UNIT *Delimiters,
                                                RTLP_UNIT **Context)
{
    if (Delimiters == NULL || Context == NULL)
        return NULL;
    if (String == NULL)
        String = *Context;
    if (String == NULL)
        return NULL;
    String += RTLP_NAME(strspn, wcsspn)(String, Delimiters);
    *Context = String + RTLP_NAME(strcspn, wcscspn)(String, Delimiters);
    if (*Context == String)
        return NULL;
    if (**Context != 0)
        *(*Context)++ = 0;
    return String;
}

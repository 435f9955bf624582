/* SPDX-License-Identifier: MIT */
/*
 * printf.c: the printf family that the kernel exports, over format.c.
 *
 * Any IRQL, if buffers, format and strings are resident.  A null format, or a
 * null buffer that would be written to, gives -1; there is no invalid
 * parameter handler in the kernel.  The wide routines count UTF-16 units.
 * swprintf and vswprintf take no buffer size, as ntoskrnl.exe has them.
 */
#include "crt.h"
#include "format.h"

static void RtlpTerminate(void *Buffer, bool Wide, size_t Index)
{
    if (Wide)
        ((uint16_t *)Buffer)[Index] = 0;
    else
        ((char *)Buffer)[Index] = 0;
}

/*
 * RtlpPrintCounted: the rules of _vsnprintf.
 *
 * => Fits with its terminator: the length.  Fits without: the length, and the
 *    text is not terminated.  Else -1, and Count units are written.
 * => A null buffer and a Count of 0 ask for the length.
 */
static int RtlpPrintCounted(void *Buffer, size_t Count, bool Wide, const void *Format,
                            __builtin_ms_va_list List)
{
    int Length;

    if (Format == NULL || (Buffer == NULL && Count != 0))
        return -1;
    Length = RtlpFormatUnits(Buffer, Count, Wide, Format, List);
    if (Buffer == NULL)
        return Length;
    if ((size_t)Length > Count)
        return -1;
    if ((size_t)Length < Count)
        RtlpTerminate(Buffer, Wide, (size_t)Length);
    return Length;
}

/*
 * RtlpPrintSecure: the rules of _vsnprintf_s.
 *
 * => Always terminated.  Text that is longer than Count is cut to Count, or to
 *    what fits if Count is _TRUNCATE, and gives -1.
 * => Text that does not fit into Size otherwise gives -1 and an empty string.
 */
static int RtlpPrintSecure(void *Buffer, size_t Size, size_t Count, bool Wide, const void *Format,
                           __builtin_ms_va_list List)
{
    size_t Capacity;
    int Length;

    if (Format == NULL || Buffer == NULL || Size == 0)
        return -1;
    Capacity = Count < Size ? Count : Size - 1;
    Length = RtlpFormatUnits(Buffer, Capacity, Wide, Format, List);
    if ((size_t)Length <= Capacity) {
        RtlpTerminate(Buffer, Wide, (size_t)Length);
        return Length;
    }
    RtlpTerminate(Buffer, Wide, Count < Size || Count == RTLP_TRUNCATE ? Capacity : 0);
    return -1;
}

static int RtlpPrintUnbounded(void *Buffer, bool Wide, const void *Format,
                              __builtin_ms_va_list List)
{
    return RtlpPrintCounted(Buffer, SIZE_MAX, Wide, Format, List);
}

/* ["vsnprintf, _vsnprintf, _vsnwprintf"] */
int RTLCRT _vsnprintf(char *Buffer, size_t Count, const char *Format, __builtin_ms_va_list List)
{
    return RtlpPrintCounted(Buffer, Count, false, Format, List);
}

int RTLCRT _vsnwprintf(uint16_t *Buffer, size_t Count, const uint16_t *Format,
                       __builtin_ms_va_list List)
{
    return RtlpPrintCounted(Buffer, Count, true, Format, List);
}

/* ["snprintf, _snprintf, _snwprintf"] */
int RTLCRT _snprintf(char *Buffer, size_t Count, const char *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintCounted(Buffer, Count, false, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

int RTLCRT _snwprintf(uint16_t *Buffer, size_t Count, const uint16_t *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintCounted(Buffer, Count, true, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

/* ["vsprintf, vswprintf"] */
int RTLCRT vsprintf(char *Buffer, const char *Format, __builtin_ms_va_list List)
{
    return RtlpPrintUnbounded(Buffer, false, Format, List);
}

int RTLCRT vswprintf(uint16_t *Buffer, const uint16_t *Format, __builtin_ms_va_list List)
{
    return RtlpPrintUnbounded(Buffer, true, Format, List);
}

int RTLCRT _vswprintf(uint16_t *Buffer, const uint16_t *Format, __builtin_ms_va_list List)
{
    return RtlpPrintUnbounded(Buffer, true, Format, List);
}

/* ["sprintf, swprintf"] */
int RTLCRT sprintf(char *Buffer, const char *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintUnbounded(Buffer, false, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

int RTLCRT swprintf(uint16_t *Buffer, const uint16_t *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintUnbounded(Buffer, true, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

int RTLCRT _swprintf(uint16_t *Buffer, const uint16_t *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintUnbounded(Buffer, true, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

/* ["vsnprintf_s, _vsnprintf_s, _vsnwprintf_s"] */
int RTLCRT _vsnprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format,
                        __builtin_ms_va_list List)
{
    return RtlpPrintSecure(Buffer, Size, Count, false, Format, List);
}

int RTLCRT _vsnwprintf_s(uint16_t *Buffer, size_t Size, size_t Count, const uint16_t *Format,
                         __builtin_ms_va_list List)
{
    return RtlpPrintSecure(Buffer, Size, Count, true, Format, List);
}

/* ["_snprintf_s, _snwprintf_s"] */
int RTLCRT _snprintf_s(char *Buffer, size_t Size, size_t Count, const char *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintSecure(Buffer, Size, Count, false, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

int RTLCRT _snwprintf_s(uint16_t *Buffer, size_t Size, size_t Count, const uint16_t *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintSecure(Buffer, Size, Count, true, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

/* ["vsprintf_s, vswprintf_s"]: a text that does not fit gives -1 and an empty string. */
int RTLCRT vsprintf_s(char *Buffer, size_t Size, const char *Format, __builtin_ms_va_list List)
{
    return RtlpPrintSecure(Buffer, Size, Size, false, Format, List);
}

int RTLCRT vswprintf_s(uint16_t *Buffer, size_t Size, const uint16_t *Format,
                       __builtin_ms_va_list List)
{
    return RtlpPrintSecure(Buffer, Size, Size, true, Format, List);
}

/* ["sprintf_s, swprintf_s"]: the same with the arguments themselves. */
int RTLCRT sprintf_s(char *Buffer, size_t Size, const char *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintSecure(Buffer, Size, Size, false, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

int RTLCRT swprintf_s(uint16_t *Buffer, size_t Size, const uint16_t *Format, ...)
{
    __builtin_ms_va_list List;
    int Length;

    __builtin_ms_va_start(List, Format);
    Length = RtlpPrintSecure(Buffer, Size, Size, true, Format, List);
    __builtin_ms_va_end(List);
    return Length;
}

/* SPDX-License-Identifier: MIT */
/*
 * print.c: DbgPrint and its family.
 *
 * A message is formatted into a buffer on the caller's stack and sent as one
 * record, so messages of several processors never mix.  There is no lock
 * besides the channel's (report.c): a print works at any IRQL and in any
 * context, an NMI handler included.
 *
 * "DbgPrint sends a maximum of 512 bytes": what is longer is cut there, prefix
 * included.
 */
#include "format.h"
#include "ki.h"

#include <dpfilter.h>

#define KDP_MESSAGE_SIZE 512

/* The filter masks of the components: all on, until a driver sets them. */
static ULONG KdpFilterOff[DPFLTR_ENDOFTABLE_ID];

/* KdpWholeCharacters: the length of a UTF-8 text cut at Length, without half a character. */
static ULONG KdpWholeCharacters(const UCHAR *Text, ULONG Length)
{
    ULONG Start = Length;
    ULONG Need;

    while (Start > 0 && Length - Start < 4 && (Text[Start - 1] & 0xC0) == 0x80) {
        Start--;
    }
    if (Start == 0 || Text[Start - 1] < 0xC0) {
        return Length;
    }
    Start--;
    Need = Text[Start] >= 0xF0 ? 4 : Text[Start] >= 0xE0 ? 3 : 2;
    return Start + Need > Length ? Start : Length;
}

/* KdpPrint: format and send a message. */
static VOID KdpPrint(const CHAR *Prefix, ULONG ComponentId, ULONG Level, const CHAR *Format,
                     va_list Arguments)
{
    UCHAR Text[KDP_MESSAGE_SIZE];
    ULONG Used = 0;
    ULONG Wanted;
    RECORD_DEBUG Record = {.Irql = HalGetIrql(), .Component = ComponentId, .Level = Level};

    while (Prefix[Used] != 0 && Used < sizeof(Text)) {
        Text[Used] = (UCHAR)Prefix[Used];
        Used++;
    }
    Wanted =
        Used + (ULONG)RtlpFormatUnits(Text + Used, sizeof(Text) - Used, FALSE, Format, Arguments);
    Used = Wanted <= sizeof(Text) ? Wanted : KdpWholeCharacters(Text, sizeof(Text));
    Record.Processor = KeGetCurrentProcessorNumberEx(NULL);
    KdReport(RecordDebug, &Record, sizeof(Record), Text, Used);
}

/* KdpLevelMask: the filter bits of a level: 0-31 name a bit, anything else is a mask. */
static ULONG KdpLevelMask(ULONG Level)
{
    return Level < 32 ? 1u << Level : Level;
}

static BOOLEAN KdpIsWanted(ULONG ComponentId, ULONG Level)
{
    ULONG Mask = KdpLevelMask(Level);

    /* Stored by DbgSetDebugFilterState. */
    return ComponentId >= DPFLTR_ENDOFTABLE_ID ||
           (Mask & ~KiLoadRelaxed(&KdpFilterOff[ComponentId])) != 0 || Mask == 0;
}

/*
 * DbgPrint: print a message.
 *
 * => Any IRQL; what the reference page says of IRQL <= DIRQL, the verifier checks.
 * => Returns STATUS_SUCCESS.
 * => Reference: "DbgPrint function (wdm.h)".
 */
ULONG DbgPrint(PCSTR Format, ...)
{
    va_list Arguments;

    va_start(Arguments, Format);
    KdpPrint("", DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, Arguments);
    va_end(Arguments);
    return STATUS_SUCCESS;
}

/*
 * DbgPrintEx: print a message of a component and a level, unless these are filtered out.
 *
 * => As DbgPrint.  All components and levels are on at the start.
 * => Reference: "DbgPrintEx function (wdm.h)".
 */
ULONG DbgPrintEx(ULONG ComponentId, ULONG Level, PCSTR Format, ...)
{
    va_list Arguments;

    if (KdpIsWanted(ComponentId, Level)) {
        va_start(Arguments, Format);
        KdpPrint("", ComponentId, Level, Format, Arguments);
        va_end(Arguments);
    }
    return STATUS_SUCCESS;
}

/* vDbgPrintEx: DbgPrintEx with an argument list.  "vDbgPrintEx function (wdm.h)". */
ULONG NTAPI vDbgPrintEx(ULONG ComponentId, ULONG Level, PCCH Format, va_list arglist)
{
    if (KdpIsWanted(ComponentId, Level)) {
        KdpPrint("", ComponentId, Level, Format, arglist);
    }
    return STATUS_SUCCESS;
}

/*
 * vDbgPrintExWithPrefix: the same with a text before the message, which is not formatted.
 *
 * => Reference: "vDbgPrintExWithPrefix function (wdm.h)".
 */
ULONG NTAPI vDbgPrintExWithPrefix(PCCH Prefix, ULONG ComponentId, ULONG Level, PCCH Format,
                                  va_list arglist)
{
    if (KdpIsWanted(ComponentId, Level)) {
        KdpPrint(Prefix, ComponentId, Level, Format, arglist);
    }
    return STATUS_SUCCESS;
}

/* DbgPrintReturnControlC: DbgPrint that tells of a Ctrl-C at the debugger.  => FALSE. */
ULONG __cdecl DbgPrintReturnControlC(PCCH Format, ...)
{
    va_list Arguments;

    va_start(Arguments, Format);
    KdpPrint("", DPFLTR_DEFAULT_ID, DPFLTR_INFO_LEVEL, Format, Arguments);
    va_end(Arguments);
    return FALSE;
}

/* DbgQueryDebugFilterState: tell whether messages of a component and level are printed. */
NTSTATUS NTAPI DbgQueryDebugFilterState(ULONG ComponentId, ULONG Level)
{
    return KdpIsWanted(ComponentId, Level);
}

/*
 * DbgSetDebugFilterState: turn messages of a component and level on or off.
 *
 * => STATUS_INVALID_PARAMETER_1 for a component that there is not.
 * => Any IRQL.
 */
NTSTATUS NTAPI DbgSetDebugFilterState(ULONG ComponentId, ULONG Level, BOOLEAN State)
{
    ULONG Mask = KdpLevelMask(Level);

    if (ComponentId >= DPFLTR_ENDOFTABLE_ID) {
        return STATUS_INVALID_PARAMETER_1;
    }
    if (State) {
        (VOID)KiFetchAnd(&KdpFilterOff[ComponentId], ~Mask); /* read by KdpIsWanted */
    } else {
        (VOID)KiFetchOr(&KdpFilterOff[ComponentId], Mask); /* read by KdpIsWanted */
    }
    return STATUS_SUCCESS;
}

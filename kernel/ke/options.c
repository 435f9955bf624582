/* SPDX-License-Identifier: MIT */
/*
 * options.c: what the tool asked for: "name=value" pairs, separated by spaces; values are decimal
 * numbers, but for the requests.
 */
#include "options.h"

KI_OPTIONS KiOptions = {
    .Processors = 0,
    .HotAdd = 0,
    .GroupSize = 64,
    .Record = 1000,
    .Watchdog = 10,
    .Verify = TRUE,
};

/* KiMatchName: => what follows "name=" if Text begins with it, else NULL. */
static const CHAR *KiMatchName(const CHAR *Text, const CHAR *Name)
{
    while (*Name != '\0') {
        if (*Text++ != *Name++) {
            return NULL;
        }
    }
    return *Text == '=' ? Text + 1 : NULL;
}

/* KiReadNumber: a decimal number, held within Low..High. */
static ULONG KiReadNumber(const CHAR *Text, ULONG Low, ULONG High)
{
    ULONG64 Value = 0;

    while (*Text >= '0' && *Text <= '9' && Value <= High) {
        Value = Value * 10 + (ULONG)(*Text++ - '0');
    }
    return Value < Low ? Low : Value > High ? High : (ULONG)Value;
}

/* KiReadOption: one pair; an unknown name is ignored, the tool checks what its user writes. */
static VOID KiReadOption(const CHAR *Text)
{
    const CHAR *Value;

    if ((Value = KiMatchName(Text, "processors")) != NULL) {
        KiOptions.Processors = KiReadNumber(Value, 1, KI_MAXIMUM_PROCESSORS);
    } else if ((Value = KiMatchName(Text, "hot-add")) != NULL) {
        KiOptions.HotAdd = KiReadNumber(Value, 0, KI_MAXIMUM_PROCESSORS);
    } else if ((Value = KiMatchName(Text, "group-size")) != NULL) {
        KiOptions.GroupSize = KiReadNumber(Value, 1, 64);
    } else if ((Value = KiMatchName(Text, "record")) != NULL) {
        KiOptions.Record = KiReadNumber(Value, 0, 10000000);
    } else if ((Value = KiMatchName(Text, "watchdog")) != NULL) {
        KiOptions.Watchdog = KiReadNumber(Value, 1, 86400);
    } else if ((Value = KiMatchName(Text, "verify")) != NULL) {
        KiOptions.Verify = KiReadNumber(Value, 0, 1) != 0;
    } else if ((Value = KiMatchName(Text, "requests")) != NULL) {
        KiOptions.Requests = Value;
    }
}

/* KiReadOptions: set KiOptions from the loader block's text. */
VOID KiReadOptions(const CHAR *Text)
{
    while (*Text != '\0') {
        while (*Text == ' ') {
            Text++;
        }
        KiReadOption(Text);
        while (*Text != '\0' && *Text != ' ') {
            Text++;
        }
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * everywhere.h: run cases wherever exceptions must work: at every IRQL, with
 * interrupts off, in a DPC and in a call's routine on all processors at once.
 *
 * A case leaves a trace of letters; the table Cases says what it must be.
 * Whoever includes this defines the table behind it, and includes
 * everywhere_run.h behind that.
 */
#pragma once

#include "../contract.h"

typedef struct _TRACE {
    ULONG Length;
    CHAR Text[60];
} TRACE;

#define APART __attribute__((noinline))

/*
 * Written to with every letter: the simulated machine takes a processor that writes to nothing but
 * its own stack for long for one that waits, and lets the watchdog's time pass.
 */
static volatile LONG Progress;

static APART VOID Put(TRACE *Trace, CHAR Letter)
{
    InterlockedIncrement(&Progress);
    if (Trace->Length < sizeof(Trace->Text) - 1) {
        Trace->Text[Trace->Length++] = Letter;
    }
}

typedef struct _CASE {
    const CHAR *Name;
    VOID (*Routine)(TRACE *Trace);
    const CHAR *Expected;
    KIRQL Highest;
} CASE;

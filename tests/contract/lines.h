/* SPDX-License-Identifier: MIT */
/* lines.h: lines that run.py's rule whole_lines can check: "NAME S LENGTH xxx NAME S". */
#pragma once

#include "contract.h"

#define CONTRACT_LINES_MAXIMUM 256

static const char ContractFiller[] = "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx";
static LONG ContractLines[CONTRACT_LINES_MAXIMUM];

/* Print this processor's next line. */
static inline VOID ContractPrintLine(VOID)
{
    ULONG64 Flags = __readeflags();
    ULONG Processor, Line, Length;
    KIRQL Old;

    /* A routine that prints on this processor comes before or after the whole line, never between
       the number and the print, else the numbers would be out of order. */
    KeRaiseIrql(HIGH_LEVEL, &Old);
    Processor = ContractIndex();
    Line = (ULONG)ContractLines[Processor]++;
    Length = (Processor * 7 + Line * 3) % 60;
    DbgPrint("p%lu %lu %lu %.*s p%lu %lu\n", Processor, Line, Length, (int)Length, ContractFiller,
             Processor, Line);
    KeLowerIrql(Old);
    CHECK_EQUAL(__readeflags() & 0x200, Flags & 0x200);
}

/* The last line: how many there were. */
static inline VOID ContractPrintTotal(VOID)
{
    LONG Total = 0;

    for (ULONG Index = 0; Index < ContractProcessors(); Index++) {
        Total += ContractLines[Index];
    }
    DbgPrint("%ld lines\n", Total);
}

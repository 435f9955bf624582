/* SPDX-License-Identifier: MIT */
/* Executes bytes that run.py writes into its code, on one processor or on all. */
#include "hostile.h"

__asm__(".text\n"
        ".balign 4096\n"
        "BytesMark: .ascii \"bytes:\"\n"
        "BytesBegin: .fill 1018, 1, 0xC3\n");

extern VOID BytesBegin(VOID);

/* On one processor. */
static VOID Bytes(VOID)
{
    BytesBegin();
}

/* On all processors at once. */
static VOID BytesEverywhere(VOID)
{
    Everywhere(BytesBegin);
}

static const struct attack Attacks[] = {
    {"bytes", Bytes},
    {"bytes_everywhere", BytesEverywhere},
};

ATTACKS(Attacks)

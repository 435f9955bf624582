/* SPDX-License-Identifier: MIT */
/* Spins for ever, and writes. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static volatile LONG Word;

    for (;;) {
        Word++;
    }
}

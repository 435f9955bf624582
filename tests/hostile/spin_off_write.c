/* SPDX-License-Identifier: MIT */
/* Spins with interrupts off, and writes. */
#include "hostile.h"

static volatile LONG Word;

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        Word++;
    }
}

static VOID Attack(VOID)
{
    Spin();
}

/* SPDX-License-Identifier: MIT */
/* Every processor spins with interrupts off, and writes. */
#include "hostile.h"

static volatile LONG Word;

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        InterlockedIncrement(&Word);
    }
}

static VOID Attack(VOID)
{
    Everywhere(Spin);
}

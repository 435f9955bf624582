/* SPDX-License-Identifier: MIT */
/* Spins with interrupts off, and pauses. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        YieldProcessor();
    }
}

static VOID Attack(VOID)
{
    Spin();
}

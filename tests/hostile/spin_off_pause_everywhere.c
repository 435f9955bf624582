/* SPDX-License-Identifier: MIT */
/* Every processor spins with interrupts off, and pauses. */
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
    Everywhere(Spin);
}

/* SPDX-License-Identifier: MIT */
/* Every processor spins with interrupts off. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
    }
}

static VOID Attack(VOID)
{
    Everywhere(Spin);
}

/* SPDX-License-Identifier: MIT */
/* Spins with interrupts off. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
    }
}

static VOID Attack(VOID)
{
    Spin();
}

/* SPDX-License-Identifier: MIT */
/* Every processor halts with interrupts off. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        __asm__ volatile("hlt");
    }
}

static VOID Attack(VOID)
{
    Everywhere(Spin);
}

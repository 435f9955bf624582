/* SPDX-License-Identifier: MIT */
/* Every processor halts with interrupts off and a broken interrupt table. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        WriteIdt(0, 0); __asm__ volatile("hlt");
    }
}

static VOID Attack(VOID)
{
    Everywhere(Spin);
}

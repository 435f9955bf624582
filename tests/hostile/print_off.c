/* SPDX-License-Identifier: MIT */
/* Prints for ever with interrupts off. */
#include "hostile.h"

static VOID Spin(VOID)
{
    __asm__ volatile("cli");
    for (;;) {
        DbgPrint("x\\n");
    }
}

static VOID Attack(VOID)
{
    Spin();
}

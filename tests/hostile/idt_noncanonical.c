/* SPDX-License-Identifier: MIT */
/* Loads an interrupt table at an address that no processor has. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteIdt(0xFFF, 0x8000000000000000ull);
    __asm__ volatile("ud2");
}

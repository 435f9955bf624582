/* SPDX-License-Identifier: MIT */
/* Jumps into the registers of a device. */
#include "hostile.h"

static VOID Attack(VOID)
{
    VOID *hpet = Registers(0xFED00000);

    *PageEntry(hpet) &= ~(1ull << 63);
    __asm__ volatile("invlpg (%0)" : : "r"(hpet) : "memory");
    ((VOID(*)(VOID))(ULONG_PTR)hpet)();
}

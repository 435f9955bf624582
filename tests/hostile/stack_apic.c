/* SPDX-License-Identifier: MIT */
/* Makes the registers of its APIC its stack, and calls. */
#include "hostile.h"

static VOID Attack(VOID)
{
    UCHAR *apic = Registers(0xFEE00000);

    __asm__ volatile("leaq 0x800(%0), %%rsp\n\tint3" : : "r"(apic));
}

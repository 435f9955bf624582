/* SPDX-License-Identifier: MIT */
/* Makes the registers of a device its stack. */
#include "hostile.h"

static VOID Attack(VOID)
{
    UCHAR *hpet = Registers(0xFED00000);

    __asm__ volatile("leaq 0xF00(%0), %%rsp\n\t0: pushq %%rax\n\tpopq %%rcx\n\tjmp 0b" : : "r"(hpet));
}

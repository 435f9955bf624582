/* SPDX-License-Identifier: MIT */
/* Uses VMX. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG64 region = 0;

    __asm__ volatile("vmxon %0" : : "m"(region));
}

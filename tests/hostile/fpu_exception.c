/* SPDX-License-Identifier: MIT */
/* An x87 exception that is not masked. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static const USHORT Control = 0x37F & ~4; /* division by zero */

    __asm__ volatile("fninit\n\tfldcw %0\n\tfld1\n\tfldz\n\tfdivrp\n\tfwait" : : "m"(Control));
}

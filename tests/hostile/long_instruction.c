/* SPDX-License-Identifier: MIT */
/* An instruction of more than 15 bytes. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".fill 15, 1, 0x66\n\tnop");
}

/* SPDX-License-Identifier: MIT */
/* Uses SMX. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".byte 0x0F, 0x37" : : "a"(0)); /* getsec */
}

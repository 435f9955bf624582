/* SPDX-License-Identifier: MIT */
/* Locks an instruction that cannot be locked. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".byte 0xF0, 0x90"); /* lock nop */
}

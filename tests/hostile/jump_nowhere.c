/* SPDX-License-Identifier: MIT */
/* Jumps to memory that is not there. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ((VOID(*)(VOID))0x1000)();
}

/* SPDX-License-Identifier: MIT */
/* Jumps to an address that no processor has. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ((VOID(*)(VOID))0x8000000000000000ull)();
}

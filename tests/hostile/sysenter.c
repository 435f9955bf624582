/* SPDX-License-Identifier: MIT */
/* Enters by sysenter. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("sysenter");
}

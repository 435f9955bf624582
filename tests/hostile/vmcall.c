/* SPDX-License-Identifier: MIT */
/* Calls a hypervisor. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("vmcall");
}

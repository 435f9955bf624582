/* SPDX-License-Identifier: MIT */
/* Returns from an interrupt to a task. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("pushfq\n\torl $0x4000, (%rsp)\n\tpopfq\n\tiretq");
}

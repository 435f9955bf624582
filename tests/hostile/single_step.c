/* SPDX-License-Identifier: MIT */
/* Single-steps itself. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("pushfq\n\torq $0x100, (%rsp)\n\tpopfq\n\tnop\n\tnop");
}

/* SPDX-License-Identifier: MIT */
/* Every processor turns its local APIC off. */
#include "hostile.h"

static VOID Routine(VOID)
{
    WriteMsr(0x1B, ReadMsr(0x1B) & ~0x800ull);
}

static VOID Attack(VOID)
{
    Everywhere(Routine);
    for (;;) {
        YieldProcessor();
    }
}

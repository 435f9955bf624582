/* SPDX-License-Identifier: MIT */
/* Spins for ever, and pauses. */
#include "hostile.h"

static VOID Attack(VOID)
{
    for (;;) {
        YieldProcessor();
    }
}

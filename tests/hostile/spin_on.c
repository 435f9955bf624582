/* SPDX-License-Identifier: MIT */
/* Spins for ever. */
#include "hostile.h"

static VOID Attack(VOID)
{
    for (;;) {
    }
}

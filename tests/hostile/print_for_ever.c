/* SPDX-License-Identifier: MIT */
/* Prints for ever. */
#include "hostile.h"

static VOID Attack(VOID)
{
    for (;;) {
        DbgPrint("x\n");
    }
}

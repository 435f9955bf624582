/* SPDX-License-Identifier: MIT */
/* Resets the machine by its reset port. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WritePort8(0xCF9, 6);
}

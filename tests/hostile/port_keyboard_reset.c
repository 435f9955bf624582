/* SPDX-License-Identifier: MIT */
/* Resets the machine by the keyboard controller. */
#include "hostile.h"

static VOID Attack(VOID)
{
    WritePort8(0x64, 0xFE);
}

/* SPDX-License-Identifier: MIT */
/* Ends the machine by the port with which the kernel ends it. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile("outl %0, %1" : : "a"(0), "Nd"((USHORT)0xF4));
}

/* SPDX-License-Identifier: MIT */
/*
 * Writes random bytes to every port but the report channel's and those that reset the machine.
 */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG64 state = 88172645463325252ull;

    __asm__ volatile("cli");
    for (ULONG port = 0; port < 0x10000; port++) {
        if (port != 0x64 && port != 0x92 && port != 0xE9 && port != 0xF4 && port != 0xCF9 &&
            (port & 0xFFF8) != 0x3F8 && (port & 0xFFF8) != 0x2F8) {
            WritePort8((USHORT)port, (UCHAR)Next(&state));
        }
    }
    __asm__ volatile("sti");
}

/* SPDX-License-Identifier: MIT */
/* Page tables that lie beyond all memory. */
#include "hostile.h"

static VOID Attack(VOID)
{
    volatile ULONG64 *top = TopTable();

    for (ULONG i = 0; i < 512; i++) {
        if (top[i] & 1) {
            top[i] = (top[i] & 0xFFF) | 0x7FFFFFF000ull;
        }
    }
    WriteCr3(ReadCr3());
}

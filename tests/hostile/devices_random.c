/* SPDX-License-Identifier: MIT */
/* Writes random numbers to the registers of all devices. */
#include "hostile.h"

static VOID Attack(VOID)
{
    static const ULONG Bases[] = {0xFED00000, 0xFEC00000, 0xFEE00000};
    ULONG64 state = 88172645463325252ull;

    __asm__ volatile("cli");
    for (ULONG device = 0; device < 3; device++) {
        UCHAR *registers = Registers(Bases[device]);

        for (ULONG i = 0; i < 10000; i++) {
            const ULONG64 value = Next(&state);
            const ULONG place = value >> 40 & 0xFF8;

            switch (value >> 60 & 3) {
            case 0:
                *(volatile UCHAR *)(registers + place + (value >> 52 & 7)) = (UCHAR)value;
                break;
            case 1:
                *(volatile USHORT *)(registers + place + (value >> 52 & 6)) = (USHORT)value;
                break;
            case 2:
                *(volatile ULONG *)(registers + place + (value >> 52 & 4)) = (ULONG)value & ~0x700u;
                break;
            default:
                *(volatile ULONG64 *)(registers + place) = value;
                break;
            }
        }
    }
    __asm__ volatile("sti");
    for (;;) {
    }
}

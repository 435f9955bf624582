/* SPDX-License-Identifier: MIT */
/* Attacks on devices, ports and the report channel. */
#include "hostile.h"

/* Writes random numbers to the registers of all devices. */
static VOID DevicesRandom(VOID)
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

/* Ends the machine by the port with which the kernel ends it. */
static VOID PortExit(VOID)
{
    __asm__ volatile("outl %0, %1" : : "a"(0), "Nd"((USHORT)0xF4));
}

/* Resets the machine by the keyboard controller. */
static VOID PortKeyboardReset(VOID)
{
    WritePort8(0x64, 0xFE);
}

/* Resets the machine by its reset port. */
static VOID PortReset(VOID)
{
    WritePort8(0xCF9, 6);
}

/* Writes random bytes to every port but the report channel's and those that reset the machine. / */
static VOID PortsRandom(VOID)
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

/* Writes junk to the report channel. */
static VOID ReportJunk(VOID)
{
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < 1000; i++) {
        WritePort8(0xE9, (UCHAR)Next(&state));
    }
}

static const struct attack Attacks[] = {
    {"devices_random", DevicesRandom},
    {"port_exit", PortExit},
    {"port_keyboard_reset", PortKeyboardReset},
    {"port_reset", PortReset},
    {"ports_random", PortsRandom},
    {"report_junk", ReportJunk},
};

ATTACKS(Attacks)

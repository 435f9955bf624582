/* SPDX-License-Identifier: MIT */
/*
 * serial.c: the report channel: the emulator's debug console, else COM1, a
 * 16550, 115,200 baud, 8N1.
 *
 * The debug console of QEMU and Bochs is a port that takes bytes at any time.
 * Beside it an emulated 16550 is slow: every byte moves its interrupt line, and
 * for that QEMU looks at the local APIC of each processor.
 *
 * No interrupts: the channel must work in a bug check.  Every wait is bounded,
 * so that a machine without the port, or with a stuck one, loses its report
 * and nothing else.
 */
#include "halp.h"

#define HALP_CONSOLE         0xE9
#define HALP_CONSOLE_PRESENT 0xE9 /* what it reads as; nothing there reads as 0xFF */

#define HALP_COM1           0x3F8
#define HALP_UART_DATA      (HALP_COM1 + 0)
#define HALP_UART_DIVISOR   (HALP_COM1 + 0) /* two bytes, with the latch open */
#define HALP_UART_INTERRUPT (HALP_COM1 + 1)
#define HALP_UART_FIFO      (HALP_COM1 + 2)
#define HALP_UART_LINE      (HALP_COM1 + 3)
#define HALP_UART_MODEM     (HALP_COM1 + 4)
#define HALP_UART_STATUS    (HALP_COM1 + 5)
#define HALP_UART_SCRATCH   (HALP_COM1 + 7)

#define HALP_LINE_8N1     0x03
#define HALP_LINE_LATCH   0x80
#define HALP_FIFO_ON      0x07 /* enabled, both cleared */
#define HALP_FIFO_WORKS   0xC0 /* in the identification register */
#define HALP_MODEM_READY  0x03 /* DTR, RTS */
#define HALP_STATUS_EMPTY 0x20 /* room for a FIFO's worth of bytes */
#define HALP_STATUS_IDLE  0x40 /* all sent */

#define HALP_SERIAL_POLLS 2000000u /* some seconds: a port read takes a microsecond */

static BOOLEAN HalpHasConsole;
static ULONG HalpSerialBurst; /* bytes that an empty transmitter takes, 0 = no port */

/* HalpInitializeSerial: find the debug console, or find and program the port. */
VOID HalpInitializeSerial(VOID)
{
    HalpHasConsole = HalpIn8(HALP_CONSOLE) == HALP_CONSOLE_PRESENT;
    if (HalpHasConsole) {
        return;
    }
    HalpOut8(HALP_UART_SCRATCH, 0x5A);
    if (HalpIn8(HALP_UART_SCRATCH) != 0x5A) {
        return;
    }
    HalpOut8(HALP_UART_INTERRUPT, 0);
    HalpOut8(HALP_UART_LINE, HALP_LINE_LATCH | HALP_LINE_8N1);
    HalpOut8(HALP_UART_DIVISOR, 1);
    HalpOut8(HALP_UART_DIVISOR + 1, 0);
    HalpOut8(HALP_UART_LINE, HALP_LINE_8N1);
    HalpOut8(HALP_UART_FIFO, HALP_FIFO_ON);
    HalpOut8(HALP_UART_MODEM, HALP_MODEM_READY);
    HalpSerialBurst = (HalpIn8(HALP_UART_FIFO) & HALP_FIFO_WORKS) == HALP_FIFO_WORKS ? 16 : 1;
}

/* HalpWaitSerial: => FALSE: the status did not come. */
static BOOLEAN HalpWaitSerial(UCHAR Status)
{
    for (ULONG i = 0; i < HALP_SERIAL_POLLS; i++) {
        if (HalpIn8(HALP_UART_STATUS) & Status) {
            return TRUE;
        }
    }
    return FALSE;
}

/* HalpDrainSerial: wait until the last byte is on the wire. */
VOID HalpDrainSerial(VOID)
{
    if (HalpSerialBurst) {
        HalpWaitSerial(HALP_STATUS_IDLE);
    }
}

VOID HALVERB HalReport(const VOID *Bytes, SIZE_T Length)
{
    const UCHAR *byte = Bytes;
    SIZE_T burst;

    if (HalpHasConsole) {
        HalpOut8s(HALP_CONSOLE, Bytes, Length);
        return;
    }
    if (!HalpSerialBurst) {
        return;
    }
    for (; Length; Length -= burst) {
        if (!HalpWaitSerial(HALP_STATUS_EMPTY)) {
            return;
        }
        burst = Length < HalpSerialBurst ? Length : HalpSerialBurst;
        for (SIZE_T i = 0; i < burst; i++) {
            HalpOut8(HALP_UART_DATA, *byte++);
        }
    }
}

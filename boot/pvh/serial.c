/* SPDX-License-Identifier: MIT */
/*
 * serial.c: error messages go to COM1, and the machine ends through QEMU's
 * isa-debug-exit.
 */
#include "serial.h"

#include <stdint.h>

#include "../common/console.h"

#define COM1               0x3F8u
#define TRANSMIT           0u
#define DIVISOR_LOW        0u
#define INTERRUPT_ENABLE   1u
#define FIFO_CONTROL       2u
#define LINE_CONTROL       3u
#define MODEM_CONTROL      4u
#define LINE_STATUS        5u
#define LINE_8N1           0x03u
#define LINE_DIVISOR       0x80u
#define MODEM_DTR_RTS      0x03u
#define STATUS_CAN_SEND    0x20u
#define SEND_TRIES         100000u /* a port that is not there must not hang the boot */

#define DEBUG_EXIT         0xF4u
#define EXIT_FAILED        0x20u

static void out8(uint16_t port, uint8_t value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static void out32(uint16_t port, uint32_t value)
{
    __asm__ volatile("outl %0, %1" : : "a"(value), "Nd"(port));
}

static uint8_t in8(uint16_t port)
{
    uint8_t value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

void serial_start(void)
{
    out8(COM1 + INTERRUPT_ENABLE, 0);
    out8(COM1 + LINE_CONTROL, LINE_DIVISOR);
    out8(COM1 + DIVISOR_LOW, 1);
    out8(COM1 + DIVISOR_LOW + 1, 0);
    out8(COM1 + LINE_CONTROL, LINE_8N1);
    out8(COM1 + FIFO_CONTROL, 0);
    out8(COM1 + MODEM_CONTROL, MODEM_DTR_RTS);
}

void machine_write(const char *text, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        for (uint32_t tries = 0;
             tries < SEND_TRIES && (in8(COM1 + LINE_STATUS) & STATUS_CAN_SEND) == 0; tries++) {
        }
        out8(COM1 + TRANSMIT, (uint8_t)text[i]);
    }
}

void machine_fail(void)
{
    out32(DEBUG_EXIT, EXIT_FAILED);
    for (;;) {
        __asm__ volatile("hlt");
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * device_uart.c: a 16550 that sends at once and never receives.
 * Reference: National Semiconductor, "PC16550D Universal Asynchronous
 * Receiver/Transmitter with FIFOs".
 */
#include "device_state.h"

enum {
    UART_DATA = 0,
    UART_INTERRUPT = 1,
    UART_FIFO = 2,
    UART_LINE = 3,
    UART_MODEM = 4,
    UART_LINE_STATUS = 5,
    UART_MODEM_STATUS = 6,
    UART_SCRATCH = 7,
};

#define LINE_LATCH       0x80u /* the first two registers are the divisor */
#define MODEM_LOOP       0x10u
#define FIFO_ENABLE      0x01u
#define FIFO_ENABLED     0xC0u
#define NO_INTERRUPT     0x01u
#define STATUS_SENT      0x60u /* both the holding and the shift register are empty */
#define STATUS_CONNECTED 0xB0u /* carrier, data set ready, clear to send */

void uart_reset(struct uart *uart)
{
    *uart = (struct uart){.divisor = 1};
}

static bool is_latched(const struct uart *uart)
{
    return (uart->line & LINE_LATCH) != 0;
}

uint8_t uart_read(const struct uart *uart, unsigned number)
{
    switch (number) {
    case UART_DATA:
        return is_latched(uart) ? (uint8_t)uart->divisor : 0;
    case UART_INTERRUPT:
        return is_latched(uart) ? (uint8_t)(uart->divisor >> 8) : uart->interrupt;
    case UART_FIFO:
        return (uint8_t)(NO_INTERRUPT | ((uart->fifo & FIFO_ENABLE) != 0 ? FIFO_ENABLED : 0));
    case UART_LINE:
        return uart->line;
    case UART_MODEM:
        return uart->modem;
    case UART_LINE_STATUS:
        return STATUS_SENT;
    case UART_MODEM_STATUS:
        return STATUS_CONNECTED;
    default:
        return uart->scratch;
    }
}

bool uart_write(struct uart *uart, unsigned number, uint8_t value)
{
    switch (number) {
    case UART_DATA:
        if (!is_latched(uart)) {
            return (uart->modem & MODEM_LOOP) == 0;
        }
        uart->divisor = (uint16_t)((uart->divisor & 0xFF00) | value);
        break;
    case UART_INTERRUPT:
        if (is_latched(uart)) {
            uart->divisor = (uint16_t)((uart->divisor & 0xFF) | value << 8);
        } else {
            uart->interrupt = value & 0xF;
        }
        break;
    case UART_FIFO:
        uart->fifo = value;
        break;
    case UART_LINE:
        uart->line = value;
        break;
    case UART_MODEM:
        uart->modem = value & 0x1F;
        break;
    case UART_SCRATCH:
        uart->scratch = value;
        break;
    }
    return false;
}

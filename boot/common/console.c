/* SPDX-License-Identifier: MIT */
/*
 * console.c: the little formatted output that error messages need.
 */
#include "console.h"

#include <stdarg.h>
#include <stdint.h>
#include <string.h>

static void print_string(const char *text)
{
    for (; *text != '\0'; text++) {
        char letter = *text >= ' ' && *text <= '~' ? *text : '?';

        machine_write(&letter, 1);
    }
}

static void print_number(uint64_t number, unsigned base)
{
    char digits[20];
    size_t at = sizeof(digits);

    do {
        digits[--at] = "0123456789abcdef"[number % base];
        number /= base;
    } while (number != 0);
    machine_write(digits + at, sizeof(digits) - at);
}

static void print_list(const char *format, va_list list)
{
    for (; *format != '\0'; format++) {
        if (*format != '%') {
            machine_write(format, 1);
            continue;
        }
        format++;
        if (*format == 's') {
            print_string(va_arg(list, const char *));
        } else if (*format == 'u') {
            print_number(va_arg(list, unsigned), 10);
        } else if (strncmp(format, "llx", 3) == 0) {
            format += 2;
            machine_write("0x", 2);
            print_number(va_arg(list, unsigned long long), 16);
        } else {
            machine_write(format, 1);
        }
    }
}

void boot_print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

void boot_fail(const char *format, ...)
{
    va_list list;

    boot_print("allcall boot: ");
    va_start(list, format);
    print_list(format, list);
    va_end(list);
    boot_print("\n");
    machine_fail();
}

/* SPDX-License-Identifier: MIT */
/*
 * console.h: how the boot code says what is wrong, and ends.
 */
#pragma once

#include <stddef.h>

/* What each boot path supplies. */

/*
 * machine_write: send characters to where the user sees them.
 */
void machine_write(const char *text, size_t length);

/*
 * machine_fail: end the machine with the status "the machine failed itself".
 */
_Noreturn void machine_fail(void);

/* What common code makes of it. */

/*
 * boot_print: write formatted text.
 * => %s (not printable characters become '?'), %u (unsigned), %llx (with 0x in front), %%
 */
__attribute__((format(gnu_printf, 1, 2))) void boot_print(const char *format, ...);

/*
 * boot_fail: write "allcall boot: ", the text and a line end; end the machine.
 */
__attribute__((format(gnu_printf, 1, 2))) _Noreturn void boot_fail(const char *format, ...);

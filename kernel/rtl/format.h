/* SPDX-License-Identifier: MIT */
/*
 * format.h: the printf engine of the kernel.
 *
 * Pure functions over bounded buffers: no locks, no allocation, no globals,
 * less than 512 bytes of stack, any IRQL, interrupts on or off.  Arguments
 * are a Microsoft x64 va_list wherever this is compiled, and `long` has 32
 * bits in a format.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * RtlpFormat: format into a buffer of Size bytes.
 *
 * => The result is cut to fit, and terminated unless Size is 0.
 * => Returns the length that the whole text has (at most INT_MAX), so that a
 *    result >= Size means that it was cut.
 */
int RtlpFormat(char *Buffer, size_t Size, const char *Format, __builtin_ms_va_list Arguments);

/* RtlpFormatWide: the same for UTF-16; Size and the result count units. */
int RtlpFormatWide(uint16_t *Buffer, size_t Size, const uint16_t *Format,
                   __builtin_ms_va_list Arguments);

/*
 * RtlpFormatUnits: format without a terminator.
 *
 * => Wide says whether Buffer and Format are UTF-16 (uint16_t) or bytes.
 * => Writes the first Capacity units of the text; returns its whole length.
 */
int RtlpFormatUnits(void *Buffer, size_t Capacity, bool Wide, const void *Format,
                    __builtin_ms_va_list Arguments);

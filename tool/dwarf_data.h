/* SPDX-License-Identifier: MIT */
/*
 * dwarf_data.h: the variables of a PE file with DWARF debug information, down to
 * elements and members.
 */
#pragma once

#include "dwarf_lines.h"

struct dwarf_data;

/*
 * dwarf_data_open: find all variables that have an address.
 * => lines: must outlive the result, which is never NULL; the caller closes
 */
struct dwarf_data *dwarf_data_open(const struct dwarf_lines *lines);

/*
 * dwarf_data_name: append what `size` bytes at an RVA are: "Table[3].Count".
 * => false if no variable is known there
 * => *own: how much of what was appended is the variable's own name
 */
bool dwarf_data_name(const struct dwarf_data *data, uint32_t rva, uint32_t size,
                     struct buffer *text, size_t *own);

void dwarf_data_close(struct dwarf_data *data);

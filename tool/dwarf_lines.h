/* SPDX-License-Identifier: MIT */
/*
 * dwarf_lines.h: the line table of a PE file with DWARF debug information.
 */
#pragma once

#include "pe_file.h"

struct dwarf_lines;

/*
 * dwarf_lines_open: read the line tables of all compilation units.
 * => NULL if the file has none; the caller closes
 */
struct dwarf_lines *dwarf_lines_open(const struct pe_file *file);

/*
 * dwarf_lines_find: the source line of an RVA.
 * => name: the source file's base name, valid until closed
 */
bool dwarf_lines_find(const struct dwarf_lines *lines, uint32_t rva, const char **name, int *line);

void dwarf_lines_close(struct dwarf_lines *lines);

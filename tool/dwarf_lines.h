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
 * dwarf_lines_find: the source line of an RVA; for a function inlined from a header, its caller's.
 * => name: the source file's base name, valid until closed
 */
bool dwarf_lines_find(const struct dwarf_lines *lines, uint32_t rva, const char **name, int *line);

/*
 * dwarf_lines_find_function: the line on which the function that begins at an RVA is defined.
 * => as dwarf_lines_find, but the first line that begins there, not the innermost
 */
bool dwarf_lines_find_function(const struct dwarf_lines *lines, uint32_t rva, const char **name,
                               int *line);

/*
 * dwarf_lines_handle: libdw's handle of the file, NULL if it could not be read.
 * => *base: what its addresses begin with
 */
struct Dwarf *dwarf_lines_handle(const struct dwarf_lines *lines, uint64_t *base);

void dwarf_lines_close(struct dwarf_lines *lines);

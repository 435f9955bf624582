/* SPDX-License-Identifier: MIT */
/*
 * gdb.h: help to attach gdb to the machine.
 */
#pragma once

#include <stdio.h>

#include "load_set.h"

/*
 * gdb_free_port: a TCP port of the loopback interface that nothing listens on.
 * => 0 after a message
 */
uint16_t gdb_free_port(void);

/*
 * gdb_explain: write how to attach, and the symbols of the kernel and the HAL.
 */
void gdb_explain(const struct load_set *set, uint16_t port, FILE *file);

/*
 * gdb_explain_image: write how to load a driver's symbols, now that it is in memory.
 */
void gdb_explain_image(const struct load_set *set, const struct run_image *image, FILE *file);

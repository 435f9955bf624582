/* SPDX-License-Identifier: MIT */
/*
 * option_values.h: the values that options take, checked where they are read.
 *
 * Each ends the program with the usual message (argp_error) if the text is
 * wrong; name is the option's, without dashes.
 */
#pragma once

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#include "strategy.h"

#define OPTION_MAXIMUM_SEED 0x7FFFFFFFFFFFFFFFu

/* option_name: => the option of a table that has this key, without dashes */
const char *option_name(const struct argp_option *table, int key);

/*
 * option_parse_number: a decimal number within limits.
 * => false if text is anything else; no message
 */
bool option_parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number);

uint64_t option_number(struct argp_state *state, const char *name, const char *text, uint64_t least,
                       uint64_t most);

/*
 * option_choice: one of two words.
 * => is it `yes`?
 */
bool option_choice(struct argp_state *state, const char *name, const char *text, const char *yes,
                   const char *no);

struct strategy option_strategy(struct argp_state *state, const char *name, const char *text);

/* SPDX-License-Identifier: MIT */
/* option_values.c: the values that options take. */
#include "option_values.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

const char *option_name(const struct argp_option *table, int key)
{
    for (; table->name != NULL || table->key != 0 || table->doc != NULL; table++) {
        if (table->key == key) {
            return table->name;
        }
    }
    return "?";
}

bool option_parse_number(const char *text, uint64_t least, uint64_t most, uint64_t *number)
{
    char *end;

    if (text[0] < '0' || text[0] > '9') {
        return false;
    }
    errno = 0;
    *number = strtoull(text, &end, 10);
    return errno == 0 && *end == '\0' && *number >= least && *number <= most;
}

uint64_t option_number(struct argp_state *state, const char *name, const char *text, uint64_t least,
                       uint64_t most)
{
    uint64_t number = least;

    if (!option_parse_number(text, least, most, &number)) {
        argp_error(state, "--%s %s: a number from %llu to %llu is expected", name, text,
                   (unsigned long long)least, (unsigned long long)most);
    }
    return number;
}

bool option_choice(struct argp_state *state, const char *name, const char *text, const char *yes,
                   const char *no)
{
    if (strcmp(text, yes) != 0 && strcmp(text, no) != 0) {
        argp_error(state, "--%s %s: %s or %s is expected", name, text, yes, no);
    }
    return strcmp(text, yes) == 0;
}

struct strategy option_strategy(struct argp_state *state, const char *name, const char *text)
{
    struct strategy strategy = { 0 };

    if (!strategy_parse(text, &strategy)) {
        argp_error(state,
                   "--%s %s: random, or pct[:D[:K]] with D from 1 to %u and K from 1 to %llu is "
                   "expected",
                   name, text, STRATEGY_MAXIMUM_DEPTH,
                   (unsigned long long)STRATEGY_MAXIMUM_STEPS);
    }
    return strategy;
}

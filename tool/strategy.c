/* SPDX-License-Identifier: MIT */
/* strategy.c: how the simulator's scheduler decides, in words and figures. */
#include "strategy.h"

#include <inttypes.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* take_number: a number and, if more may follow, a colon.  => where it ends, or NULL */
static const char *take_number(const char *text, uint64_t most, uint64_t *number)
{
    char *end;

    if (text[0] < '0' || text[0] > '9' || strspn(text, "0123456789") > 15) {
        return NULL;
    }
    *number = strtoull(text, &end, 10);
    return *number >= 1 && *number <= most ? end : NULL;
}

bool strategy_parse(const char *text, struct strategy *strategy)
{
    uint64_t depth = STRATEGY_USUAL_DEPTH, steps = 0;

    if (strcmp(text, "random") == 0) {
        *strategy = (struct strategy){ .kind = SIM_RANDOM };
        return true;
    }
    if (strncmp(text, "pct", 3) != 0) {
        return false;
    }
    text += 3;
    if (*text == ':') {
        text = take_number(text + 1, STRATEGY_MAXIMUM_DEPTH, &depth);
        if (text != NULL && *text == ':') {
            text = take_number(text + 1, STRATEGY_MAXIMUM_STEPS, &steps);
        }
    }
    if (text == NULL || *text != '\0') {
        return false;
    }
    *strategy = (struct strategy){ SIM_PCT, (unsigned)depth, steps };
    return true;
}

char *strategy_text(const struct strategy *strategy)
{
    if (strategy->kind == SIM_RANDOM) {
        return xstrdup("random");
    }
    if (strategy->steps == 0) {
        return xasprintf("pct:%u", strategy->depth);
    }
    return xasprintf("pct:%u:%" PRIu64, strategy->depth, strategy->steps);
}

double strategy_chance(const struct strategy *strategy, unsigned processors)
{
    return 1 / (processors * pow((double)strategy->steps, strategy->depth - 1.0));
}

double strategy_chance_of_any(double chance, uint64_t schedules)
{
    return -expm1((double)schedules * log1p(-chance));
}

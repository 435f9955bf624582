/* SPDX-License-Identifier: MIT */
/*
 * explore_key.c: when two findings are the same bug.
 *
 * A bug is a rule and the places in the code where it shows: function and
 * source line of both sides, in whichever order they came.  Which processors,
 * addresses, values and instructions of a line it was does not matter.
 */
#include "explore.h"

#include <stdlib.h>
#include <string.h>

/* side: "racy.sys!Count racy.c:21"; an address in no image is as good as any other. */
static char *side(const struct finding *finding)
{
    const char *routine = finding->routine != NULL ? finding->routine : "";
    const char *location = finding->location != NULL ? finding->location : "";
    size_t length = strlen(routine);

    if (location[0] != '\0' && strrchr(routine, '+') != NULL) {
        length = (size_t)(strrchr(routine, '+') - routine);
    } else if (strncmp(routine, "0x", 2) == 0) {
        length = 0;
    }
    return xasprintf("%.*s %s", (int)length, routine, location);
}

char *explore_key(const struct finding *finding)
{
    char *a = side(finding);
    char *b = finding->other != NULL ? side(finding->other) : xstrdup("");
    bool ordered = strcmp(a, b) <= 0;
    char *key = xasprintf("%s|%s|%s", finding->rule, ordered ? a : b, ordered ? b : a);

    free(a);
    free(b);
    return key;
}

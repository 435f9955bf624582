/* SPDX-License-Identifier: MIT */
/* explore_book.c: the bugs that were found, each with its first schedule and a count. */
#include "explore.h"

#include <stdlib.h>
#include <string.h>

void explore_book_add(struct explore *explore, const char *key, uint64_t number)
{
    struct explore_bug *bug;

    for (size_t index = 0; index < explore->bug_count; index++) {
        bug = &explore->bugs[index];
        if (strcmp(bug->key, key) == 0) {
            bug->first = number < bug->first ? number : bug->first;
            bug->count++;
            return;
        }
    }
    grow_array(&explore->bugs, explore->bug_count, &explore->bug_capacity, sizeof(*explore->bugs));
    explore->bugs[explore->bug_count++] = (struct explore_bug){ xstrdup(key), number, 1 };
}

static int by_first(const void *left, const void *right)
{
    const struct explore_bug *a = left, *b = right;

    return a->first != b->first ? (a->first < b->first ? -1 : 1) : strcmp(a->key, b->key);
}

void explore_book_finish(struct explore *explore, uint64_t limit)
{
    size_t kept = 0;

    for (size_t index = 0; index < explore->bug_count; index++) {
        struct explore_bug bug = explore->bugs[index];

        if (bug.first > limit) {
            free(bug.key);
        } else {
            explore->bugs[kept++] = bug;
        }
    }
    explore->bug_count = kept;
    if (kept != 0) {
        qsort(explore->bugs, kept, sizeof(*explore->bugs), by_first);
    }
}

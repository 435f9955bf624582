/* SPDX-License-Identifier: MIT */
/* sim_seen.c: keep findings of the deterministic machine, each once. */
#include "sim_seen.h"

#include <stdlib.h>
#include <string.h>

#include "common.h"

#define MOST_FINDINGS 1000u

/* A finding by its places in the code. */
struct signature {
    enum sim_found found;
    const char *what;
    uint64_t first, second;
};

static struct signature signature_of(const struct sim_finding *finding)
{
    struct signature signature = { finding->found, finding->what, finding->routine, 0 };

    if (finding->found == SIM_FOUND_RACE) {
        uint64_t a = finding->accesses[0].place.address, b = finding->accesses[1].place.address;

        signature.first = a < b ? a : b;
        signature.second = a < b ? b : a;
    } else if (finding->found == SIM_FOUND_CHANGED) {
        signature.second = finding->at.address;
    }
    return signature;
}

static bool same(const struct signature *left, const struct signature *right)
{
    return left->found == right->found && left->first == right->first &&
           left->second == right->second &&
           strcmp(left->what != NULL ? left->what : "", right->what != NULL ? right->what : "") ==
               0;
}

bool sim_seen_add(struct sim_seen *seen, const struct sim_finding *finding)
{
    struct signature new = signature_of(finding);

    for (size_t index = 0; index < seen->finding_count; index++) {
        struct signature old = signature_of(&seen->findings[index]);

        if (same(&new, &old)) {
            return false;
        }
    }
    if (seen->finding_count == MOST_FINDINGS) {
        return false;
    }
    grow_array(&seen->findings, seen->finding_count, &seen->finding_capacity, sizeof(*finding));
    seen->findings[seen->finding_count++] = *finding;
    return true;
}

void sim_seen_wait(struct sim_seen *seen, const struct sim_wait *waits, size_t count)
{
    if (seen->waits == NULL) {
        seen->waits = xcalloc(count, sizeof(*waits));
        memcpy(seen->waits, waits, count * sizeof(*waits));
        seen->wait_count = count;
    }
}

void sim_seen_clear(struct sim_seen *seen)
{
    free(seen->findings);
    free(seen->waits);
    memset(seen, 0, sizeof(*seen));
}

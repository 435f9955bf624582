/* SPDX-License-Identifier: MIT */
/*
 * coverage.h: which instructions of the drivers have run.
 *
 * A driver's instructions are those of its functions (.pdata), padding left
 * out; one that lies elsewhere counts once it has run.  The map of what has run
 * has a byte for each byte of each image, so that processes can share it.
 */
#pragma once

#include "load_set.h"

struct coverage {
    const struct load_set *set;
    uint8_t **starts; /* [driver][rva]: an instruction begins there */
    size_t *offsets;  /* [driver]: where its part of the map begins */
    size_t size;      /* of the map */
};

/*
 * coverage_open: find the drivers' instructions; the set must outlive it.
 */
void coverage_open(struct coverage *coverage, const struct load_set *set);
void coverage_close(struct coverage *coverage);

/*
 * coverage_collect: note in the map what has run, given where the drivers are.
 */
void coverage_collect(const struct coverage *coverage, const struct run_model *model,
                      bool (*has_run)(void *context, int driver, uint32_t rva), void *context,
                      uint8_t *map);

struct coverage_count {
    uint64_t instructions, covered;
};

struct coverage_count coverage_count(const struct coverage *coverage, size_t driver,
                                     const uint8_t *map);

/*
 * coverage_gaps: visit what has not run at all: functions, and lines of those that have.
 * => in the order of their addresses; text: "Unload (racy.c:40)" or "racy.c:33"
 */
void coverage_gaps(const struct coverage *coverage, size_t driver, const uint8_t *map,
                   struct symbols *symbols, const struct run_model *model,
                   void (*visit)(void *context, const char *text), void *context);

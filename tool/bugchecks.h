/* SPDX-License-Identifier: MIT */
/*
 * bugchecks.h: what bug checks and status values are called and mean.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

struct bug_check {
    uint32_t code;
    const char *name;
    const char *meaning;       /* one sentence for people */
    const char *parameters[4]; /* NULL: reserved */
};

/*
 * bug_check_find: the entry of a code, or NULL.
 */
const struct bug_check *bug_check_find(uint32_t code);

/*
 * bug_check_name: its name; "0x%08X" for an unknown one.
 */
const char *bug_check_name(uint32_t code, char buffer[16]);

/*
 * verifier_subcode: what subcode of DRIVER_VERIFIER_DETECTED_VIOLATION means, or NULL.
 */
const struct bug_check *verifier_subcode(uint64_t subcode);

/*
 * trap_name: processor exception 0-31 by its mnemonic and name, or NULL.
 */
const char *trap_name(uint64_t vector);

/*
 * status_name: an NTSTATUS by its name, or NULL.
 */
const char *status_name(uint32_t status);

/*
 * irql_name: "PASSIVE_LEVEL", ... for x64.
 */
const char *irql_name(uint32_t irql);

/* SPDX-License-Identifier: MIT */
/*
 * engine_exception.c: make the engine forget the exception that it has raised.
 *
 * The engine takes an exception for one that is being delivered until it has
 * delivered it, and turns a further one into a double fault.  Here deliver.c
 * delivers, so the engine never learns of the end.  Its memory of it has no
 * name in the interface, but is a part of what a context keeps: the one word
 * that is -1 at first, 0 after a divide error and 13 after a protection fault.
 * Where that is is found out once, by raising both.
 */
#include "cpu.h"

#include <stdlib.h>
#include <string.h>

#define NOTHING_YET 0xFFFFFFFFu /* as the engine has it */
#define CODE_AT     0x10000ull

static const uint8_t divide_error[] = { 0x31, 0xC9, 0xF7, 0xF1 };                   /* div by 0 */
static const uint8_t bad_selector[] = { 0xB8, 0xF8, 0xFF, 0, 0, 0x0F, 0x00, 0xD8 }; /* ltr */

static size_t place;       /* of the word in a context */
static bool looked, found; /* once for the process */

static void stop_there(uc_engine *engine, uint32_t number, void *context)
{
    (void)number;
    (void)context;
    uc_emu_stop(engine);
}

/* context_after: what a context keeps after code has raised an exception. => NULL: no engine */
static uint32_t *context_after(const uint8_t *code, size_t size, size_t *words)
{
    uc_engine *engine;
    uc_context *context = NULL;
    uint32_t *copy = NULL;
    uc_hook hook;

    if (uc_open(UC_ARCH_X86, UC_MODE_64, &engine) != UC_ERR_OK) {
        return NULL;
    }
    *words = uc_context_size(engine) / sizeof(*copy);
    if (uc_mem_map(engine, CODE_AT, SIM_PAGE, UC_PROT_ALL) == UC_ERR_OK &&
        uc_mem_write(engine, CODE_AT, code, size) == UC_ERR_OK &&
        uc_hook_add(engine, &hook, UC_HOOK_INTR, (void *)stop_there, NULL, 1, 0) == UC_ERR_OK &&
        uc_context_alloc(engine, &context) == UC_ERR_OK) {
        if (size != 0) {
            uc_emu_start(engine, CODE_AT, CODE_AT + SIM_PAGE, 0, 8);
        }
        copy = malloc(*words * sizeof(*copy));
        if (copy != NULL && uc_context_save(engine, context) == UC_ERR_OK) {
            memcpy(copy, context, *words * sizeof(*copy));
        }
        uc_context_free(context);
    }
    uc_close(engine);
    return copy;
}

/* look: find the place. => it is there, once */
static bool look(void)
{
    size_t words, hits = 0;
    uint32_t *before = context_after(divide_error, 0, &words);
    uint32_t *divided = context_after(divide_error, sizeof(divide_error), &words);
    uint32_t *protected = context_after(bad_selector, sizeof(bad_selector), &words);

    if (before != NULL && divided != NULL && protected != NULL) {
        for (size_t i = 0; i < words; i++) {
            if (before[i] == NOTHING_YET && divided[i] == EXCEPTION_DE &&
                protected[i] == EXCEPTION_GP) {
                place = i * sizeof(uint32_t);
                hits++;
            }
        }
    }
    free(before);
    free(divided);
    free(protected);
    return hits == 1;
}

bool engine_can_forget(void)
{
    if (!looked) {
        found = look();
        looked = true;
    }
    return found;
}

void engine_forget(uc_engine *engine, uc_context *scratch)
{
    const uint32_t nothing = NOTHING_YET;

    if (uc_context_save(engine, scratch) == UC_ERR_OK) {
        memcpy((char *)scratch + place, &nothing, sizeof(nothing));
        uc_context_restore(engine, scratch);
    }
}

/* SPDX-License-Identifier: MIT */
/* coroutine.c: make and switch coroutines, and tell AddressSanitizer about their stacks. */
#include "coroutine.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#include <sanitizer/common_interface_defs.h>
#endif

/* The engine's translator is the deepest caller; a sanitizer's frames are larger. */
#ifdef __SANITIZE_ADDRESS__
#define STACK_SIZE (1024u * 1024u)
#else
#define STACK_SIZE (256u * 1024u)
#endif
#define GUARD_SIZE 4096u

void coroutine_swap(void **save, void *load);
void coroutine_begin(void);
void coroutine_enter(struct coroutine *self);

#ifdef __SANITIZE_ADDRESS__

/* The stack of the thread itself, learnt by the first coroutine that it enters. */
static __thread const void *thread_stack;
static __thread size_t thread_stack_size;
static __thread const struct coroutine *previous;

static void announce(struct coroutine *from, const struct coroutine *to)
{
    const void *bottom = to->memory ? (const char *)to->memory + GUARD_SIZE : thread_stack;

    previous = from;
    __sanitizer_start_switch_fiber(&from->fake_stack, bottom,
                                   to->memory ? to->size - GUARD_SIZE : thread_stack_size);
}

static void arrive(struct coroutine *self)
{
    const void *bottom;
    size_t size;

    __sanitizer_finish_switch_fiber(self->fake_stack, &bottom, &size);
    if (!previous->memory) {
        thread_stack = bottom;
        thread_stack_size = size;
    }
}

#else

static inline void announce(struct coroutine *from, const struct coroutine *to)
{
    (void)from;
    (void)to;
}

static inline void arrive(struct coroutine *self)
{
    (void)self;
}

#endif

void coroutine_enter(struct coroutine *self)
{
    arrive(self);
    self->entry(self->argument);
    abort();
}

bool coroutine_create(struct coroutine *coroutine, void (*entry)(void *), void *argument)
{
    /* What coroutine_swap pops: r15 r14 r13 r12 rbx rbp, then the return address. */
    uintptr_t frame[7] = { 0, 0, 0, 0, (uintptr_t)coroutine, 0, (uintptr_t)coroutine_begin };
    char *memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    char *top;

    if (memory == MAP_FAILED) {
        return false;
    }
    if (mprotect(memory, GUARD_SIZE, PROT_NONE) != 0) {
        munmap(memory, STACK_SIZE);
        return false;
    }
    /* Above the frame, where coroutine_begin finds its stack, a multiple of 16. */
    top = memory + STACK_SIZE - 16 - sizeof(frame);
    memcpy(top, frame, sizeof(frame));
    *coroutine = (struct coroutine){
        .stack_pointer = top,
        .memory = memory,
        .size = STACK_SIZE,
        .entry = entry,
        .argument = argument,
    };
    return true;
}

void coroutine_destroy(struct coroutine *coroutine)
{
    if (coroutine->memory) {
#ifdef __SANITIZE_ADDRESS__
        ASAN_UNPOISON_MEMORY_REGION((char *)coroutine->memory + GUARD_SIZE,
                                    coroutine->size - GUARD_SIZE);
#endif
        munmap(coroutine->memory, coroutine->size);
        coroutine->memory = NULL;
    }
}

void coroutine_switch(struct coroutine *from, struct coroutine *to)
{
    announce(from, to);
    coroutine_swap(&from->stack_pointer, to->stack_pointer);
    arrive(from);
}

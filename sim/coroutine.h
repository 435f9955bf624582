/* SPDX-License-Identifier: MIT */
/*
 * coroutine.h: host stacks that are switched by hand.
 *
 * Each processor's engine stays inside its own call for a whole run, on a
 * stack of its own; to let another processor run is to change stacks.  A
 * switch saves what the calling convention says a call keeps and nothing else,
 * a few nanoseconds.  One thread: a coroutine runs until it switches away.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>

struct coroutine {
    void *stack_pointer; /* valid while it does not run */
    void *memory;        /* its stack with the guard page below; NULL = the thread's own stack */
    size_t size;
    void (*entry)(void *argument);
    void *argument;
    void *fake_stack; /* AddressSanitizer's, while it does not run */
};

/*
 * coroutine_create: prepare a coroutine; the first switch to it calls entry.
 * => entry must not return: it ends by a switch that never comes back
 * => false: no memory
 */
bool coroutine_create(struct coroutine *coroutine, void (*entry)(void *), void *argument);
/* => it must not be running; what its stack holds is dropped */
void coroutine_destroy(struct coroutine *coroutine);
/* coroutine_switch: go on with to; => returns when somebody switches back to from. */
void coroutine_switch(struct coroutine *from, struct coroutine *to);

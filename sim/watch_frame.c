/* SPDX-License-Identifier: MIT */
/*
 * watch_frame.c: the frames of watch_state.h: found, entered and left.
 *
 * => There is room for so many; then the oldest in the order of the pool goes,
 *    which is a frame that has been left in another way, most likely.
 */
#include "watch_state.h"

#include <stdlib.h>
#include <string.h>

#define POOL_LEAST     256u
#define POOL_PROCESSOR 32u
#define STACK_LIMIT    0x20000u /* longest that a stack is taken to be */

bool watch_frame_create(struct watch *watch, unsigned processors)
{
    watch->pool_size = POOL_LEAST + POOL_PROCESSOR * processors;
    watch->pool = calloc(watch->pool_size, sizeof(*watch->pool));
    return watch->pool != NULL && map_create(&watch->frames, watch->pool_size);
}

void watch_frame_destroy(struct watch *watch)
{
    map_destroy(&watch->frames);
    free(watch->pool);
}

void watch_frame_begin(struct watch *watch)
{
    for (unsigned i = 0; i < watch->pool_used; i++) {
        watch->pool[i].kind = FRAME_FREE;
        watch->pool[i].number = 0;
    }
    watch->pool_used = 0;
    watch->pool_free = 0;
    map_clear(&watch->frames);
}

struct watch_processor *watch_processor_of(struct sim_cpu *cpu)
{
    return &cpu->machine->watch->processors[cpu->index];
}

struct watch_frame *watch_frame_of(const struct watch *watch, frame_number number)
{
    struct watch_frame *frame = &watch->pool[number & 0xFFFF];

    return number != 0 && frame->number == number ? frame : NULL;
}

static uint64_t key_of(enum watch_kind kind, uint64_t stack)
{
    return stack | (kind == FRAME_INTERRUPT ? 1 : kind == FRAME_ROUTINE ? 2 : 0);
}

struct watch_frame *watch_find(const struct watch *watch, enum watch_kind kind, uint64_t stack)
{
    const uint32_t *index = map_get(&watch->frames, key_of(kind, stack));

    return index != NULL ? &watch->pool[*index] : NULL;
}

/* set_top: the processor is in that now. */
static void set_top(struct watch *watch, struct watch_processor *processor, frame_number number)
{
    const struct watch_frame *frame = watch_frame_of(watch, number);

    processor->top = number;
    processor->memory_caller = 0;
    if (frame != NULL && frame->kind == FRAME_SERVICE &&
        watch->services[frame->service].service == SIM_SERVICE_MEMORY) {
        processor->memory_caller = frame->address;
    }
}

/* release: its place is free; what is in it stays readable until the next push. */
static void release(struct watch *watch, struct watch_frame *frame)
{
    map_remove(&watch->frames, frame->key);
    frame->kind = FRAME_FREE;
    frame->number = 0;
    frame->next_free = watch->pool_free;
    watch->pool_free = (unsigned)(frame - watch->pool) + 1;
}

/* forget: the frame will never be left. */
static void forget(struct watch *watch, struct watch_frame *frame)
{
    if (frame->call != 0) {
        rounds_cancel(&watch->rounds, frame->call);
    }
    release(watch, frame);
}

/* same_stack: do two places, the second above, lie on the same stack?  A guard page is between two. */
static bool same_stack(struct sim_cpu *cpu, uint64_t low, uint64_t high)
{
    if (high < low || high - low > STACK_LIMIT) {
        return false;
    }
    for (uint64_t page = (low | (SIM_PAGE - 1)) + 1; page <= high; page += SIM_PAGE) {
        if (!mmu_is_writable(cpu, page)) {
            return false;
        }
    }
    return true;
}

/* forget_inside: whatever is still inside a frame on its stack has been left with it. */
static void forget_inside(struct sim_cpu *cpu, const struct watch_frame *frame)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_processor *processor = watch_processor_of(cpu);
    struct watch_frame *inner = watch_frame_of(watch, processor->top);
    unsigned depth = 0;

    while (inner != NULL && inner != frame && depth++ < WATCH_CHAIN) {
        inner = watch_frame_of(watch, inner->parent);
    }
    if (inner != frame) {
        /* The processor was in something else altogether: a thread has moved. */
        return;
    }
    inner = watch_frame_of(watch, processor->top);
    while (inner != frame) {
        struct watch_frame *outer = watch_frame_of(watch, inner->parent);
        if (inner->kind == FRAME_ROUTINE) {
            processor->routine = inner->routine_outside;
        }
        if (same_stack(cpu, inner->stack, frame->stack)) {
            forget(watch, inner);
        }
        inner = outer;
    }
}

void watch_leave(struct sim_cpu *cpu, struct watch_frame *frame)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_processor *processor = watch_processor_of(cpu);

    forget_inside(cpu, frame);
    if (frame->kind == FRAME_ROUTINE) {
        processor->routine = frame->routine_outside;
    }
    release(watch, frame);
    set_top(watch, processor, frame->parent);
}

/* allocate: => a frame; one that is in use if there is no other */
static struct watch_frame *allocate(struct watch *watch)
{
    struct watch_frame *frame;

    if (watch->pool_free == 0 && watch->pool_used < watch->pool_size) {
        return &watch->pool[watch->pool_used++];
    }
    if (watch->pool_free == 0) {
        watch->pool_hand = (watch->pool_hand + 1) % watch->pool_size;
        forget(watch, &watch->pool[watch->pool_hand]);
    }
    frame = &watch->pool[watch->pool_free - 1];
    watch->pool_free = frame->next_free;
    return frame;
}

/* parent_of: => what it is in: the innermost frame, unless that is on another thread's stack */
static frame_number parent_of(struct sim_cpu *cpu, uint64_t pointer)
{
    const frame_number top = watch_processor_of(cpu)->top;
    const struct watch_frame *frame = watch_frame_of(cpu->machine->watch, top);

    return frame != NULL && same_stack(cpu, pointer, frame->stack) ? top : 0;
}

struct watch_frame *watch_push(struct sim_cpu *cpu, enum watch_kind kind, uint64_t stack,
                               uint64_t pointer, uint64_t address)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_frame *frame = watch_find(watch, kind, stack);
    uint32_t *index;

    if (frame != NULL) {
        /* Its place on the stack is used again: it has been left in another way. */
        watch_leave(cpu, frame);
        if (frame->call != 0) {
            rounds_cancel(&watch->rounds, frame->call);
        }
    }
    frame = allocate(watch);
    index = map_put(&watch->frames, key_of(kind, stack));
    if (index == NULL) {
        frame->key = 0;
        release(watch, frame);
        return NULL;
    }
    *index = (uint32_t)(frame - watch->pool);
    /* The registers are not cleared: whoever reads them has written them. */
    memset(frame, 0, offsetof(struct watch_frame, registers));
    frame->kind = kind;
    frame->number = ++watch->frame_count << 16 | *index;
    frame->parent = parent_of(cpu, pointer);
    frame->key = key_of(kind, stack);
    frame->stack = stack;
    frame->address = address;
    frame->processor = cpu->index;
    frame->irql = sim_apic_cr8(cpu->apic);
    return frame;
}

void watch_enter(struct sim_cpu *cpu, const struct watch_frame *frame)
{
    set_top(cpu->machine->watch, watch_processor_of(cpu), frame->number);
}

struct watch_frame *watch_known(struct sim_cpu *cpu, enum watch_kind kind, uint64_t stack,
                                uint64_t address)
{
    struct watch_frame *frame = watch_find(cpu->machine->watch, kind, stack);

    return frame != NULL && frame->address == address ? frame : NULL;
}


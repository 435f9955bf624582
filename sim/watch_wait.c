/* SPDX-License-Identifier: MIT */
/*
 * watch_wait.c: who waits for what: locks and who holds them, and what each
 * processor is in when a run ends.
 */
#include "watch_state.h"

#define IPI_LEVEL  14u
#define SAME_STACK  0x8000u /* two stack pointers that close are on the same stack */

/* Locks ----------------------------------------------------------------------------------- */

void watch_wait_begin(struct watch *watch)
{
    watch->lock_count = 0;
    map_clear(&watch->lock_index);
}

static struct watch_lock *find_lock(const struct watch *watch, uint64_t key)
{
    const uint32_t *index = map_get(&watch->lock_index, key);

    return index != NULL ? &watch->locks[*index] : NULL;
}

/* index_lock: => false: there is no room to find it again */
static bool index_lock(struct watch *watch, const struct watch_lock *lock)
{
    uint32_t *index = map_put(&watch->lock_index, lock->lock);

    if (index == NULL) {
        return false;
    }
    *index = (uint32_t)(lock - watch->locks);
    index = lock->handle != 0 ? map_put(&watch->lock_index, lock->handle | 1) : NULL;
    if (index != NULL) {
        *index = (uint32_t)(lock - watch->locks);
    }
    return true;
}

static void forget_lock(struct watch *watch, struct watch_lock *lock)
{
    const struct watch_lock *last = &watch->locks[watch->lock_count - 1];

    map_remove(&watch->lock_index, lock->lock);
    if (lock->handle != 0) {
        map_remove(&watch->lock_index, lock->handle | 1);
    }
    watch->lock_count--;
    if (lock != last) {
        *lock = *last;
        index_lock(watch, lock);
    }
}

void watch_lock_taken(struct sim_cpu *cpu, const struct watch_frame *frame)
{
    struct watch *watch = cpu->machine->watch;
    struct watch_lock *lock = find_lock(watch, frame->arguments[0]);
    const bool queued =
        watch->services[frame->service].service == SIM_SERVICE_QUEUED_LOCK;

    if (lock != NULL) {
        forget_lock(watch, lock);
    }
    if (watch->lock_count == WATCH_LOCKS) {
        return;
    }
    lock = &watch->locks[watch->lock_count];
    *lock = (struct watch_lock){
        .lock = frame->arguments[0],
        .handle = queued ? frame->arguments[1] : 0,
        .holder = sim_place_of(cpu->machine, cpu->index),
        .stack = frame->stack,
    };
    lock->holder.returns = true;
    watch->lock_count += index_lock(watch, lock);
}

void watch_lock_given(struct watch *watch, uint64_t object, bool handle)
{
    struct watch_lock *lock = find_lock(watch, handle ? object | 1 : object);

    if (lock != NULL) {
        forget_lock(watch, lock);
    }
}

static bool same_stack(uint64_t a, uint64_t b)
{
    return a - b + SAME_STACK < 2 * SAME_STACK;
}

/* is_interrupted: has an interrupt stopped what runs on that stack, from that frame outwards? */
static bool is_interrupted(const struct watch *watch, frame_number from, uint64_t stack)
{
    const struct watch_frame *frame = watch_frame_of(watch, from);

    for (unsigned i = 0; frame != NULL && i < WATCH_CHAIN; i++) {
        if (frame->kind == FRAME_INTERRUPT && frame->external &&
            same_stack(frame->registers.general[4], stack)) {
            return true;
        }
        frame = watch_frame_of(watch, frame->parent);
    }
    return false;
}

/* Waiting --------------------------------------------------------------------------------- */

/*
 * interrupted_taker: => the frame, from that one outwards, of a function which takes or gives up the
 * lock, and which an interrupt has stopped, or NULL
 */
static const struct watch_frame *interrupted_taker(const struct watch *watch, frame_number from,
                                                   uint64_t lock)
{
    const struct watch_frame *frame = watch_frame_of(watch, from);
    bool interrupted = false;

    for (unsigned i = 0; frame != NULL && i < WATCH_CHAIN; i++) {
        if (frame->kind == FRAME_INTERRUPT && frame->external && frame->vector != EXCEPTION_NMI) {
            interrupted = true;
        } else if (interrupted && frame->kind == FRAME_SERVICE && frame->arguments[0] == lock &&
                   watch->services[frame->service].service >= SIM_SERVICE_LOCK) {
            return frame;
        }
        frame = watch_frame_of(watch, frame->parent);
    }
    return NULL;
}

/* outside: where to look for what a waiting in that frame has interrupted; a tick since is no matter. */
static frame_number outside(const struct watch *watch, const struct watch_frame *waiting,
                            const struct sim_wait *wait, unsigned processor)
{
    return processor == wait->at.processor ? waiting->parent : watch->processors[processor].top;
}

/*
 * name_holder: who holds the lock that the processor waits for in that frame: who has returned from
 * taking it, or else who was interrupted inside the function that takes it, or gives it up.
 */
static void name_holder(struct sim_machine *machine, const struct watch_frame *waiting,
                        struct sim_wait *wait)
{
    const struct watch *watch = machine->watch;
    const struct watch_lock *lock = find_lock(watch, wait->object);

    if (lock != NULL) {
        wait->held = true;
        wait->holder = lock->holder;
        wait->holder_interrupted = is_interrupted(
            watch, outside(watch, waiting, wait, lock->holder.processor), lock->stack);
        return;
    }
    for (unsigned i = 0; i < machine->count && !wait->held; i++) {
        const struct watch_frame *frame =
            interrupted_taker(watch, outside(watch, waiting, wait, i), wait->object);
        if (frame != NULL) {
            wait->held = wait->holder_interrupted = true;
            wait->holder = (struct sim_place){
                .processor = i,
                .irql = frame->irql,
                .returns = true,
                .address = frame->address,
                .time = machine->now,
            };
        }
    }
}

/* in_service: it waits in an exported function. */
static void in_service(struct sim_machine *machine, const struct watch_frame *frame,
                       struct sim_wait *wait)
{
    const struct watch_service *service = &machine->watch->services[frame->service];

    wait->at.address = frame->address;
    wait->at.returns = true;
    wait->service = service->name;
    switch (service->service) {
    case SIM_SERVICE_CALL:
        wait->kind = SIM_WAIT_CALL;
        wait->routine = frame->routine;
        break;
    case SIM_SERVICE_LOCK:
    case SIM_SERVICE_TRY_LOCK:
    case SIM_SERVICE_QUEUED_LOCK:
    case SIM_SERVICE_ONE_LOCK:
        wait->kind = SIM_WAIT_LOCK;
        wait->object = frame->arguments[0];
        name_holder(machine, frame, wait);
        break;
    default:
        wait->kind = SIM_WAIT_SERVICE;
        break;
    }
}

/* in_call: it takes part in a call, whose interrupt has stopped it, outside the routine. */
static void in_call(const struct watch *watch, const struct watch_frame *frame,
                    struct sim_wait *wait)
{
    wait->kind = SIM_WAIT_CALL;
    wait->interrupted = true;
    wait->at.address = frame->address;
    if (watch->rounds.call_count != 0) {
        wait->routine = watch->rounds.calls[0].routine;
    }
}

/*
 * resolve: what the processor is in, seen from the driver: where the driver's code is, or what it
 * has called; through interrupts, if their handlers are the kernel's.
 */
static void resolve(struct sim_machine *machine, struct sim_cpu *cpu, struct sim_wait *wait)
{
    const struct watch *watch = machine->watch;
    const struct watch_processor *processor = &watch->processors[cpu->index];
    const struct watch_frame *frame = watch_frame_of(watch, processor->top);
    const struct sim_wait present = *wait;
    bool kernel = watch_is_kernel(machine, cpu->address);

    for (unsigned i = 0; kernel && frame != NULL && i < WATCH_CHAIN; i++) {
        if (frame->kind == FRAME_SERVICE) {
            in_service(machine, frame, wait);
            return;
        }
        if (frame->kind == FRAME_INTERRUPT) {
            if (frame->external && wait->at.irql == IPI_LEVEL && frame->irql < IPI_LEVEL) {
                in_call(watch, frame, wait);
                return;
            }
            wait->interrupted = true;
            wait->interrupts = (frame->registers.flags & FLAG_IF) != 0;
            wait->at.address = frame->address;
            wait->at.irql = frame->irql;
            kernel = watch_is_kernel(machine, frame->address);
        }
        frame = watch_frame_of(watch, frame->parent);
    }
    if (kernel) {
        *wait = present;
        wait->kind = cpu->halted ? SIM_WAIT_HALT : SIM_WAIT_NOTHING;
    } else {
        wait->polled = watch_polled(processor);
    }
}

static void describe(struct sim_machine *machine, struct sim_cpu *cpu, struct sim_wait *wait)
{
    const struct watch *watch = machine->watch;
    const struct watch_frame *routine =
        watch_frame_of(watch, watch->processors[cpu->index].routine);

    *wait = (struct sim_wait){
        .kind = SIM_WAIT_NOTHING,
        .at = sim_place_of(machine, cpu->index),
        .interrupts = (cpu_get(cpu, UC_X86_REG_EFLAGS) & FLAG_IF) != 0,
    };
    resolve(machine, cpu, wait);
    if (routine != NULL) {
        wait->in_routine = true;
        wait->routine = routine->routine;
    }
}

void sim_waits(struct sim_machine *machine, struct sim_wait *waits, unsigned room)
{
    for (unsigned i = 0; i < machine->count && i < room; i++) {
        describe(machine, machine->cpus[i], &waits[i]);
    }
}

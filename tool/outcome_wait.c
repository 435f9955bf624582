/* SPDX-License-Identifier: MIT */
/*
 * outcome_wait.c: who waits for whom, in words and as a graph.
 *
 * A processor in the call waits for each one that keeps the call from ending; a
 * processor that spins for a lock waits for the lock's holder, which may be the
 * code that an interrupt stopped on this very processor: then it waits for
 * itself.  Anybody else waits, if at all, for memory, and nobody can say for whom.
 */
#include "outcome_wait.h"

#include <stdlib.h>
#include <string.h>

#define IPI_LEVEL 14u

static const struct sim_wait *wait_of(const struct outcome *outcome, uint32_t processor)
{
    const struct sim_seen *seen = &outcome->result->seen;

    return processor < seen->wait_count ? &seen->waits[processor] : NULL;
}

bool outcome_waits_known(const struct outcome *outcome)
{
    return outcome->result->seen.wait_count != 0;
}

/* is_caller: it has called, and does not only take part in another's call. */
static bool is_caller(const struct sim_wait *wait)
{
    return wait->kind == SIM_WAIT_CALL && wait->service != NULL;
}

/* cannot_arrive: it takes no call's interrupt where it is. */
static bool cannot_arrive(const struct sim_wait *wait)
{
    return wait->kind != SIM_WAIT_CALL && (!wait->interrupts || wait->at.irql >= IPI_LEVEL);
}

bool outcome_is_late(const struct outcome *outcome, uint32_t processor)
{
    const struct run_model *model = outcome->model;
    const struct run_processor *stopped = run_find_processor(model, processor);
    const struct sim_wait *wait = wait_of(outcome, processor);

    if (model->bug_check_seen && model->bug_check.CallPending && stopped != NULL) {
        return stopped->record.Phase == RecordPhaseNotArrived ||
               stopped->record.Phase == RecordPhaseInRoutine;
    }
    return wait != NULL && (wait->in_routine || cannot_arrive(wait));
}

bool outcome_is_idle(const struct outcome *outcome, uint32_t processor)
{
    const struct sim_wait *wait = wait_of(outcome, processor);

    return wait != NULL && wait->kind == SIM_WAIT_HALT && wait->interrupts && !wait->in_routine;
}

uint64_t outcome_wait_call(const struct outcome *outcome)
{
    const struct sim_seen *seen = &outcome->result->seen;
    uint64_t routine = 0;

    for (size_t index = 0; index < seen->wait_count && routine == 0; index++) {
        if (seen->waits[index].in_routine || seen->waits[index].kind == SIM_WAIT_CALL) {
            routine = seen->waits[index].routine;
        }
    }
    return routine;
}

/* A walk along the waits: who has been met, in which order. */
struct walk {
    const struct outcome *outcome;
    uint32_t processors;
    bool *late, *met;
    uint32_t *order;
    size_t count;
};

static void begin_walk(struct walk *walk, const struct outcome *outcome)
{
    uint32_t processors = (uint32_t)outcome->result->seen.wait_count;

    walk->outcome = outcome;
    walk->processors = processors;
    walk->late = xcalloc(processors, sizeof(*walk->late));
    walk->met = xcalloc(processors, sizeof(*walk->met));
    walk->order = xcalloc(processors, sizeof(*walk->order));
    walk->count = 0;
    for (uint32_t index = 0; index < processors; index++) {
        walk->late[index] = outcome_is_late(outcome, index);
    }
}

static void end_walk(struct walk *walk)
{
    free(walk->late);
    free(walk->met);
    free(walk->order);
}

/* waits_for: does one processor wait for another, or for itself? */
static bool waits_for(const struct walk *walk, uint32_t processor, uint32_t other)
{
    const struct sim_wait *wait = wait_of(walk->outcome, processor);

    if (wait->kind == SIM_WAIT_LOCK) {
        return wait->held && wait->holder.processor == other;
    }
    return wait->kind == SIM_WAIT_CALL && processor != other && walk->late[other];
}

static void meet(struct walk *walk, uint32_t processor)
{
    if (!walk->met[processor]) {
        walk->met[processor] = true;
        walk->order[walk->count++] = processor;
    }
}

static void meet_waited_for(struct walk *walk, uint32_t processor)
{
    for (uint32_t other = 0; other < walk->processors; other++) {
        if (waits_for(walk, processor, other)) {
            meet(walk, other);
        }
    }
}

/* follow: meet whoever the processors from order[next] on wait for, directly or not. */
static void follow(struct walk *walk, size_t next)
{
    for (; next < walk->count; next++) {
        meet_waited_for(walk, walk->order[next]);
    }
}

bool outcome_wait_cycle(const struct outcome *outcome)
{
    const struct sim_seen *seen = &outcome->result->seen;
    bool found = false;

    for (uint32_t index = 0; index < seen->wait_count && !found; index++) {
        struct walk walk;

        if (seen->waits[index].kind == SIM_WAIT_LOCK) {
            begin_walk(&walk, outcome);
            meet_waited_for(&walk, index);
            follow(&walk, 0);
            found = walk.met[index];
            end_walk(&walk);
        }
    }
    return found;
}

/* source_name: as sources call a function whose name is what a macro of the headers makes of it. */
static const char *source_name(const char *service)
{
    static const struct {
        const char *name, *source;
    } known[] = {
        { "KeAcquireSpinLockRaiseToDpc", "KeAcquireSpinLock" },
        { "KfRaiseIrql", "KeRaiseIrql" },
        { "KfLowerIrql", "KeLowerIrql" },
        { "IofCompleteRequest", "IoCompleteRequest" },
        { "IofCallDriver", "IoCallDriver" },
        { "ObfReferenceObject", "ObReferenceObject" },
        { "ObfDereferenceObject", "ObDereferenceObject" },
    };

    for (size_t index = 0; index < sizeof(known) / sizeof(known[0]); index++) {
        if (strcmp(known[index].name, service) == 0) {
            return known[index].source;
        }
    }
    return NULL;
}

/* print_service: "KeAcquireSpinLock (KeAcquireSpinLockRaiseToDpc) at drv.c:33". */
static void print_service(struct outcome *outcome, const struct sim_wait *wait,
                          const char *fallback, struct buffer *text)
{
    const char *service = wait->service != NULL ? wait->service : fallback;
    const char *source = source_name(service);

    buffer_print(text, "%s", source != NULL ? source : service);
    if (source != NULL) {
        buffer_print(text, " (%s)", service);
    }
    if (wait->at.address != 0) {
        char *line = outcome_line_text(outcome, wait->at.address, wait->at.returns);

        buffer_print(text, " at %s", line);
        free(line);
    }
}

/* print_late: "processor 2", "processors 1, 2 and 3", "processors 1, 2, 3, 4 and 60 more". */
static void print_late(const struct outcome *outcome, uint32_t except, struct buffer *text)
{
    uint32_t late[5] = { 0 };
    uint32_t count = 0;

    for (uint32_t index = 0; index < outcome->result->seen.wait_count; index++) {
        if (index != except && outcome_is_late(outcome, index)) {
            late[count < 5 ? count : 4] = index;
            count++;
        }
    }
    for (uint32_t index = 0; index < count && index < 5; index++) {
        bool last = index + 1 == count;

        if (index == 4 && !last) {
            buffer_print(text, " and %u more", count - 4);
        } else {
            buffer_print(text, "%s%u",
                         index == 0 ? (last ? " for processor " : " for processors ")
                         : last     ? " and "
                                    : ", ",
                         late[index]);
        }
    }
}

/* print_holder: ", held by the code that the call interrupted on processor 2, acquired at ..". */
static void print_holder(struct outcome *outcome, const struct sim_wait *wait, struct buffer *text)
{
    const struct sim_place *holder = &wait->holder;
    const struct sim_wait *other = wait_of(outcome, holder->processor);
    char *line;

    if (!wait->held) {
        /* Of the one lock the kernel itself may be the holder, which is not seen. */
        buffer_print(text, "%s", wait->object == SIM_ONE_LOCK ? "" : ", which nobody holds");
        return;
    }
    if (wait->holder_interrupted && other != NULL && other->in_routine) {
        buffer_print(text, ", held by the code that the call interrupted on processor %u",
                     holder->processor);
    } else if (holder->processor != wait->at.processor) {
        buffer_print(text, ", held by processor %u", holder->processor);
    } else if (wait->holder_interrupted) {
        buffer_print(text, ", held by the code that an interrupt stopped on processor %u",
                     holder->processor);
    } else {
        buffer_print(text, ", held by this processor itself");
    }
    if (holder->address != 0) {
        line = outcome_line_text(outcome, holder->address, holder->returns);
        buffer_print(text, ", acquired at %s", line);
        free(line);
    }
}

static void print_lock(struct outcome *outcome, const struct sim_wait *wait, struct buffer *text)
{
    char *lock;

    symbols_variable(outcome->symbols, outcome->model, wait->object, 1, &lock);
    buffer_print(text, wait->service == NULL || strstr(wait->service, "SpinLock") != NULL
                           ? "spins in "
                           : "waits in ");
    print_service(outcome, wait, "a function that takes a lock", text);
    if (wait->object != SIM_ONE_LOCK) {
        buffer_print(text, " for the lock at %s",
                     strncmp(lock, "memory at ", 10) == 0 ? lock + 10 : lock);
    }
    print_holder(outcome, wait, text);
    free(lock);
}

static void print_run(struct outcome *outcome, const struct sim_wait *wait, struct buffer *text)
{
    char *line = outcome_line_text(outcome, wait->at.address, wait->at.returns);
    char *polled;

    if (wait->polled != 0) {
        symbols_variable(outcome->symbols, outcome->model, wait->polled, 1, &polled);
        buffer_print(text, "reads %s again and again at %s", polled, line);
        free(polled);
    } else {
        buffer_print(text, "runs at %s", line);
    }
    free(line);
}

/* print_wait: "spins in .."; what a processor does. */
static void print_wait(struct outcome *outcome, const struct sim_wait *wait, uint32_t processor,
                       struct buffer *text)
{
    switch (wait->kind) {
    case SIM_WAIT_CALL:
        if (is_caller(wait)) {
            buffer_print(text, "waits in ");
            print_service(outcome, wait, "KeIpiGenericCall", text);
        } else {
            buffer_print(text, "has arrived and waits");
        }
        print_late(outcome, processor, text);
        break;
    case SIM_WAIT_LOCK:
        print_lock(outcome, wait, text);
        break;
    case SIM_WAIT_SERVICE:
        buffer_print(text, "is in ");
        print_service(outcome, wait, "the kernel", text);
        break;
    case SIM_WAIT_HALT:
        buffer_print(text, wait->interrupts ? "has nothing to do" : "has halted");
        break;
    case SIM_WAIT_NOTHING:
        print_run(outcome, wait, text);
        break;
    }
    if (!wait->interrupts && wait->kind != SIM_WAIT_CALL && !wait->in_routine) {
        buffer_print(text, ", with interrupts off");
    }
}

/* has_not_arrived: in a pending call, has a late processor not even come? */
static bool has_not_arrived(const struct outcome *outcome, uint32_t processor)
{
    return outcome_wait_call(outcome) != 0 && outcome_is_late(outcome, processor) &&
           !wait_of(outcome, processor)->in_routine;
}

char *outcome_wait_text(struct outcome *outcome, uint32_t processor)
{
    const struct sim_wait *wait = wait_of(outcome, processor);
    struct buffer text = { 0 };

    if (wait == NULL) {
        return NULL;
    }
    buffer_print(&text, "processor %u %s", processor,
                 wait->in_routine                      ? "is in the routine and "
                 : has_not_arrived(outcome, processor) ? "has not arrived: it "
                                                       : "");
    print_wait(outcome, wait, processor, &text);
    return text.text;
}

static void add_wait(struct outcome *outcome, const struct walk *walk, struct finding *finding,
                     uint32_t processor)
{
    const struct sim_wait *wait = wait_of(outcome, processor);
    struct finding_wait *added = &finding->waits[finding->wait_count++];

    added->processor = processor;
    added->irql = wait->at.irql;
    added->text = outcome_wait_text(outcome, processor);
    added->waits_for = xcalloc(walk->processors, sizeof(*added->waits_for));
    for (uint32_t other = 0; other < walk->processors; other++) {
        if (waits_for(walk, processor, other)) {
            added->waits_for[added->waits_for_count++] = other;
        }
    }
    if (wait->at.address != 0) {
        struct place place;

        symbols_instruction(outcome->symbols, outcome->model, wait->at.address, wait->at.returns,
                            &place);
        added->location = place.location[0] != '\0' ? xstrdup(place.location) : NULL;
    }
}

/* matters: does a processor belong into the report of a run that does not go on? */
static bool matters(const struct walk *walk, uint32_t processor, bool pending)
{
    const struct sim_wait *wait = wait_of(walk->outcome, processor);

    if (is_caller(wait) || wait->kind == SIM_WAIT_LOCK) {
        return true;
    }
    return pending ? walk->late[processor] : !outcome_is_idle(walk->outcome, processor);
}

void outcome_set_waits(struct outcome *outcome, struct finding *finding)
{
    bool pending = outcome_wait_call(outcome) != 0;
    struct walk walk;

    begin_walk(&walk, outcome);
    for (uint32_t index = 0; index < walk.processors; index++) {
        if (is_caller(wait_of(outcome, index))) {
            meet(&walk, index);
        }
    }
    follow(&walk, 0);
    for (uint32_t index = 0; index < walk.processors; index++) {
        if (matters(&walk, index, pending)) {
            meet(&walk, index);
            follow(&walk, walk.count - 1);
        }
    }
    finding->waits = xcalloc(walk.count, sizeof(*finding->waits));
    for (size_t index = 0; index < walk.count; index++) {
        add_wait(outcome, &walk, finding, walk.order[index]);
    }
    end_walk(&walk);
}

/* SPDX-License-Identifier: MIT */
/*
 * watch.c: what processors enter and leave: exported functions, routines,
 * interrupts (watch_state.h: frames).
 *
 * The addresses that matter are flagged, so that the code hook calls watch_code
 * there and nowhere else: the functions' entries, from the beginning; a return
 * address, once something is going to return there; a routine, once it is
 * called for.  A flag stays for good, it only makes the hook look.
 */
#include "watch_state.h"

#include <stdlib.h>
#include <string.h>

#define POINTS_LIMIT   0x100000u
#define SHARED_LIMIT   0x4000u
#define SERVICE_SHIFT  8

/* Life ------------------------------------------------------------------------------------ */

bool watch_create(struct sim_machine *machine)
{
    struct watch *watch = calloc(1, sizeof(*watch));

    machine->watch = watch;
    if (watch == NULL) {
        return false;
    }
    watch->locks = calloc(WATCH_LOCKS, sizeof(*watch->locks));
    if (watch->locks == NULL || !watch_frame_create(watch, machine->options.processors) ||
        !map_create(&watch->points, POINTS_LIMIT) ||
        !map_create(&watch->lock_index, 2 * WATCH_LOCKS) ||
        !map_create(&watch->stacks, SHARED_LIMIT) || !map_create(&watch->shared, SHARED_LIMIT)) {
        return false;
    }
    return watch_access_create(machine);
}

void watch_destroy(struct sim_machine *machine)
{
    struct watch *watch = machine->watch;

    if (watch == NULL) {
        return;
    }
    race_destroy(watch->race);
    map_destroy(&watch->shared);
    map_destroy(&watch->stacks);
    map_destroy(&watch->lock_index);
    map_destroy(&watch->points);
    watch_frame_destroy(watch);
    free(watch->locks);
    free(watch->services);
    free(watch);
}

void watch_begin(struct sim_machine *machine)
{
    struct watch *watch = machine->watch;

    watch_frame_begin(watch);
    memset(watch->processors, 0, machine->count * sizeof(watch->processors[0]));
    watch_call_begin(machine);
    watch_wait_begin(watch);
    watch_access_begin(watch);
}

void watch_point(struct sim_machine *machine, uint64_t address, uint32_t what)
{
    uint32_t *point = map_put(&machine->watch->points, address);
    const struct sim_image *image = machine_image(machine, address);

    if (point == NULL) {
        return;
    }
    /* Code outside the images comes and goes: it may be another page by now; and so may a driver. */
    if (*point == 0 || image == NULL || image->reloaded) {
        machine_watch_code(machine, address);
    }
    *point |= what;
}

/* add_service: => its index, or POINTS_LIMIT: no memory */
static unsigned add_service(struct watch *watch, enum sim_service service, const char *name)
{
    if (watch->service_count == watch->service_room) {
        const unsigned room = watch->service_room == 0 ? 256 : 2 * watch->service_room;
        struct watch_service *more = realloc(watch->services, room * sizeof(*more));
        if (more == NULL) {
            return POINTS_LIMIT;
        }
        watch->services = more;
        watch->service_room = room;
    }
    watch->services[watch->service_count] = (struct watch_service){ service, name };
    return watch->service_count++;
}

void sim_add_service(struct sim_machine *machine, uint64_t address, enum sim_service service,
                     const char *name)
{
    struct watch *watch = machine->watch;
    uint32_t *point = map_get(&watch->points, address);
    unsigned index;

    if (point != NULL && (*point & POINT_SERVICE) != 0) {
        /* Another name for the same function: what it means counts more. */
        struct watch_service *known = &watch->services[*point >> SERVICE_SHIFT];
        if (known->service == SIM_SERVICE_OTHER && service != SIM_SERVICE_OTHER) {
            *known = (struct watch_service){ service, name };
        }
        return;
    }
    index = add_service(watch, service, name);
    if (index != POINTS_LIMIT) {
        watch_point(machine, address, POINT_SERVICE | index << SERVICE_SHIFT);
    }
}

bool watch_is_kernel(struct sim_machine *machine, uint64_t address)
{
    const struct sim_image *image = machine_image(machine, address);

    return image != NULL && image->kernel;
}

/* Exported functions ---------------------------------------------------------------------- */

bool watch_read_word(struct sim_cpu *cpu, uint64_t address, uint64_t *word)
{
    const struct tlb_region *region = tlb_find(cpu, address);

    if (region != NULL && region->kind == TLB_RAM && address + 7 <= region->end) {
        memcpy(word, cpu->machine->ram + region->physical + (address - region->begin), 8);
        return true;
    }
    return sim_read(cpu->machine, cpu->index, address, word, 8);
}

/* service_entered: the first instruction of an exported function is next. */
static void service_entered(struct sim_cpu *cpu, unsigned index)
{
    struct watch *watch = cpu->machine->watch;
    const enum sim_service service = watch->services[index].service;
    int ids[4] = { UC_X86_REG_RSP, UC_X86_REG_RCX, UC_X86_REG_RDX, UC_X86_REG_EFLAGS };
    uint64_t values[4] = { 0 };
    void *places[4] = { &values[0], &values[1], &values[2], &values[3] };
    uint64_t address;
    struct watch_frame *frame;

    uc_reg_read_batch(cpu->engine, ids, places, 4);
    if (!watch_read_word(cpu, values[0], &address)) {
        return;
    }
    if (service == SIM_SERVICE_ONE_LOCK || service == SIM_SERVICE_ONE_UNLOCK) {
        values[1] = SIM_ONE_LOCK;
    }
    if (service == SIM_SERVICE_UNLOCK || service == SIM_SERVICE_QUEUED_UNLOCK ||
        service == SIM_SERVICE_ONE_UNLOCK) {
        watch_lock_given(watch, values[1], service == SIM_SERVICE_QUEUED_UNLOCK);
    }
    /* The kernel's own use of it says nothing; only the call matters whoever makes it. */
    if (service != SIM_SERVICE_CALL && watch_is_kernel(cpu->machine, address)) {
        return;
    }
    frame = watch_known(cpu, FRAME_SERVICE, values[0], address);
    if (frame != NULL && frame->service == index && frame->arguments[0] == values[1] &&
        frame->arguments[1] == values[2]) {
        /* An interrupt came before its first instruction, which is next once more. */
        watch_enter(cpu, frame);
        return;
    }
    frame = watch_push(cpu, FRAME_SERVICE, values[0], values[0], address);
    if (frame == NULL) {
        return;
    }
    frame->service = index;
    frame->arguments[0] = values[1];
    frame->arguments[1] = values[2];
    frame->registers.flags = (uint32_t)values[3];
    watch_enter(cpu, frame);
    watch_point(cpu->machine, address, POINT_RETURN);
    if (service == SIM_SERVICE_CALL) {
        watch_call_entered(cpu, frame);
    }
}

static void service_left(struct sim_cpu *cpu, struct watch_frame *frame)
{
    switch (cpu->machine->watch->services[frame->service].service) {
    case SIM_SERVICE_CALL:
        watch_call_left(cpu, frame);
        break;
    case SIM_SERVICE_TRY_LOCK:
        if ((cpu_get(cpu, UC_X86_REG_RAX) & 0xFF) == 0) {
            break;
        }
        __attribute__((fallthrough));
    case SIM_SERVICE_LOCK:
    case SIM_SERVICE_QUEUED_LOCK:
    case SIM_SERVICE_ONE_LOCK:
        watch_lock_taken(cpu, frame);
        break;
    default:
        break;
    }
    if (frame->served) {
        watch_served(cpu, frame);
    }
}

/* returned: an instruction is next to which something may have returned. */
static void returned(struct sim_cpu *cpu)
{
    const uint64_t stack = cpu_get(cpu, UC_X86_REG_RSP) - 8;
    struct watch_frame *frame;

    frame = watch_known(cpu, FRAME_ROUTINE, stack, cpu->address);
    if (frame != NULL) {
        watch_leave(cpu, frame);
        watch_routine_left(cpu, frame);
    }
    frame = watch_known(cpu, FRAME_SERVICE, stack, cpu->address);
    if (frame != NULL) {
        watch_leave(cpu, frame);
        service_left(cpu, frame);
    }
}

void watch_code(struct sim_cpu *cpu)
{
    const uint32_t *point;
    uint32_t what;

    if (!cpu->machine->watching) {
        return;
    }
    point = map_get(&cpu->machine->watch->points, cpu->address);
    if (point == NULL) {
        return;
    }
    what = *point;
    if (what & POINT_RETURN) {
        returned(cpu);
    }
    if (what & POINT_ROUTINE) {
        watch_routine_entered(cpu);
    }
    if (what & POINT_SERVICE) {
        service_entered(cpu, what >> SERVICE_SHIFT);
    }
}

/* Interrupts ------------------------------------------------------------------------------ */

/* The words of an interrupt's frame. */
enum { WORD_RIP, WORD_CS, WORD_FLAGS, WORD_RSP, WORD_COUNT };

static bool read_frame(struct sim_cpu *cpu, uint64_t stack, uint64_t words[WORD_COUNT])
{
    for (unsigned i = 0; i < WORD_COUNT; i++) {
        if (!watch_read_word(cpu, stack + 8 * i, &words[i])) {
            return false;
        }
    }
    return true;
}

/* read_interrupted: the registers of the interrupted code, of which the frame holds some. */
static void read_interrupted(struct sim_cpu *cpu, const uint64_t words[WORD_COUNT],
                             struct watch_registers *registers)
{
    watch_read_registers(cpu, registers);
    registers->general[4] = words[WORD_RSP];
    registers->flags = (uint32_t)words[WORD_FLAGS];
}

void watch_delivered(struct sim_cpu *cpu, uint8_t vector, bool external, bool has_error)
{
    const uint64_t stack = cpu_get(cpu, UC_X86_REG_RSP) + (has_error ? 8 : 0);
    uint64_t words[WORD_COUNT];
    struct watch_frame *frame;

    if (external) {
        watch_received(cpu, vector);
    }
    if (!read_frame(cpu, stack, words)) {
        return;
    }
    frame = watch_push(cpu, FRAME_INTERRUPT, stack, words[WORD_RSP], words[WORD_RIP]);
    if (frame == NULL) {
        return;
    }
    frame->vector = vector;
    frame->external = external;
    if (external) {
        read_interrupted(cpu, words, &frame->registers);
    } else {
        frame->registers.general[4] = words[WORD_RSP];
        frame->registers.flags = (uint32_t)words[WORD_FLAGS];
    }
    watch_enter(cpu, frame);
}

/* check_interrupted: C13 for the code that an interrupt has stopped. */
static void check_interrupted(struct sim_cpu *cpu, const struct watch_frame *frame,
                              const uint64_t words[WORD_COUNT])
{
    struct watch_registers registers;
    uint64_t set;

    read_interrupted(cpu, words, &registers);
    set = watch_differing(&frame->registers, &registers,
                          REGISTER_ALL & ~(frame->excused & REGISTER_KEPT));
    if (set != 0) {
        struct sim_finding finding = {
            .at = sim_place_of(cpu->machine, cpu->index),
            .routine = frame->routine,
            .caller = frame->caller,
        };
        finding.at.address = frame->address;
        watch_changed(cpu, &finding, set, &frame->registers, &registers);
    }
}

void watch_iret(struct sim_cpu *cpu)
{
    const uint64_t stack = cpu_get(cpu, UC_X86_REG_RSP);
    struct watch_frame *frame = watch_find(cpu->machine->watch, FRAME_INTERRUPT, stack);
    uint64_t words[WORD_COUNT];

    if (frame == NULL) {
        return;
    }
    watch_leave(cpu, frame);
    /* It may well be sent elsewhere on purpose. */
    if (frame->external && read_frame(cpu, stack, words) && words[WORD_RIP] == frame->address) {
        check_interrupted(cpu, frame, words);
    }
}

/* Findings -------------------------------------------------------------------------------- */

void watch_report(struct sim_cpu *cpu, struct sim_finding *finding)
{
    struct sim_machine *machine = cpu->machine;
    const struct watch_frame *frame =
        watch_frame_of(machine->watch, watch_processor_of(cpu)->routine);

    if (frame != NULL && finding->routine == 0) {
        finding->routine = frame->routine;
        finding->caller = frame->caller;
    }
    if (machine->options.found != NULL) {
        machine->options.found(machine->report_context, finding);
    }
}

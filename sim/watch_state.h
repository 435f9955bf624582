/* SPDX-License-Identifier: MIT */
/*
 * watch_state.h: what the rooms of the watch share (watch.h says what it is for).
 *
 * What a processor is in is a chain of frames, the innermost first: an exported
 * function that a driver has called, the routine of a call, an interrupt or an
 * exception.  A frame is known by where it lies on its stack, so it is found
 * again when its return address or its iretq runs, on whichever processor:
 * then that processor is in what the frame was in.  A frame that is left in
 * another way (an unwound stack, a thread that ends) stays until its place on
 * the stack or in the pool is needed.
 */
#pragma once

#include "cpu.h"
#include "map.h"
#include "race.h"
#include "rounds.h"

#define WATCH_POLLS 8u

/* What a program can see of a processor, as far as C13 goes. */
struct watch_registers {
    uint64_t general[16]; /* by their number in an instruction */
    uint64_t xmm[16][2];
    uint64_t flags;
    uint64_t mxcsr;
    uint64_t cr8;
};

/* Sets of them. */
#define REGISTER_GENERAL(Number) (1ull << (Number))
#define REGISTER_XMM(Number)     (1ull << (16 + (Number)))
#define REGISTER_FLAGS           (1ull << 32) /* the arithmetic ones */
#define REGISTER_DF              (1ull << 33)
#define REGISTER_IF              (1ull << 34)
#define REGISTER_MXCSR           (1ull << 35) /* its control bits */
#define REGISTER_CR8             (1ull << 36)
#define REGISTER_ALL             ((1ull << 37) - 1)
/* What a function keeps by the calling convention. */
#define REGISTER_KEPT_GENERAL 0xF0E8ull /* rbx rbp rsi rdi r12-r15 */
#define REGISTER_KEPT         (REGISTER_KEPT_GENERAL | 0xFFC00000ull) /* and xmm6-xmm15 */

enum watch_kind { FRAME_FREE, FRAME_SERVICE, FRAME_ROUTINE, FRAME_INTERRUPT };

typedef uint64_t frame_number; /* of a frame, unique; 0 = none */

struct watch_frame {
    enum watch_kind kind;
    frame_number number;
    frame_number parent; /* what it is in */
    uint64_t key;        /* in watch.frames */
    uint64_t stack;      /* where its return address or its interrupt frame lies */
    uint64_t address;    /* the return address; of an interrupt, what it stopped */
    unsigned processor;  /* on which it was entered */
    uint8_t irql;        /* CR8 then */
    uint64_t excused;    /* registers that a routine inside has changed: not the kernel's doing */
    uint64_t routine, caller; /* of the call, if it is of one, or has served one */
    unsigned next_free;  /* FRAME_FREE: 1 + the index of the next such, 0 = none */

    unsigned service; /* FRAME_SERVICE: index in watch.services */
    uint64_t arguments[2]; /* its first two; of a routine, the first */

    bool served;           /* a routine has run inside, with no other interrupt in between */

    uint64_t call;   /* SIM_SERVICE_CALL: of rounds.h, 0 = not followed */
    bool has_result; /* its routine has returned here: */
    uint64_t result;

    uint64_t round;        /* FRAME_ROUTINE: of rounds.h, 0 = none */
    frame_number routine_outside; /* the processor's routine before */

    uint8_t vector; /* FRAME_INTERRUPT */
    bool external;

    struct watch_registers registers; /* on entry: of a call, a routine, an interrupt */
};

struct watch_service {
    enum sim_service service;
    const char *name;
};

/* What a driver's instruction reads again and again. */
struct watch_poll {
    uint64_t instruction, target;
    uint32_t times;
    uint32_t read; /* the processor's reads when it last did */
};

struct watch_processor {
    frame_number top;       /* what it is in, innermost */
    frame_number routine;   /* the innermost routine that it is in */
    uint64_t memory_caller; /* in a function that acts for its caller: the return address, else 0 */
    uint64_t stack_page;    /* 1 + a page that is known to be its stack */
    uint64_t sent[4];       /* vectors that other processors have sent to it */
    uint64_t devices[4];    /* vectors that devices have sent to it */
    struct watch_poll polls[WATCH_POLLS];
    uint32_t reads;
};

struct watch_lock {
    uint64_t lock, handle; /* handle: 0 = none */
    struct sim_place holder;
    uint64_t stack; /* the stack pointer of who took it */
};

#define WATCH_SITES 16u
#define WATCH_LOCKS 256u

struct watch {
    struct map points; /* addresses that watch_code is called for: POINT_xxx, service << 8 */
    struct watch_service *services;
    unsigned service_count, service_room;

    struct watch_frame *pool;
    unsigned pool_size, pool_used, pool_hand;
    unsigned pool_free; /* 1 + the index of the first free one below pool_used, 0 = none */
    uint64_t frame_count; /* ever */
    struct map frames;    /* key of frame: index in the pool */

    struct rounds rounds;
    uint64_t sites[WATCH_SITES]; /* return addresses at which routines are known to be called */
    unsigned site_count;

    struct watch_lock *locks;
    unsigned lock_count;
    struct map lock_index; /* lock, or handle | 1: index in locks */

    struct race *race; /* NULL: nobody wants to know */
    struct map stacks; /* pages that are a processor's stack: 1 + its index */
    struct map shared; /* pages and lines of those that others have touched, too */

    struct watch_processor processors[SIM_MAX_PROCESSORS];
};

/* watch_frame.c */
#define WATCH_CHAIN 64u /* frames that a walk from one to its parent looks at, at most */
bool watch_frame_create(struct watch *watch, unsigned processors);
void watch_frame_destroy(struct watch *watch);
void watch_frame_begin(struct watch *watch);
struct watch_frame *watch_frame_of(const struct watch *watch, frame_number number);
struct watch_processor *watch_processor_of(struct sim_cpu *cpu);
/* watch_find: => the frame of a kind at that place on a stack, or NULL */
struct watch_frame *watch_find(const struct watch *watch, enum watch_kind kind, uint64_t stack);
/* watch_known: => the same, if it also returns there */
struct watch_frame *watch_known(struct sim_cpu *cpu, enum watch_kind kind, uint64_t stack,
                                uint64_t address);
/*
 * watch_push: a frame for what the processor is about to enter, in what it is in.
 * => stack: where it lies; pointer: the stack pointer before, which is elsewhere when an
 *    interrupt changes stacks
 * => NULL: no room
 */
struct watch_frame *watch_push(struct sim_cpu *cpu, enum watch_kind kind, uint64_t stack,
                               uint64_t pointer, uint64_t address);
/* watch_enter: it is in that frame now. */
void watch_enter(struct sim_cpu *cpu, const struct watch_frame *frame);
/*
 * watch_leave: the frame is left, and with it whatever is still inside; what is outside goes on.
 * => what was in it stays readable until the next push
 */
void watch_leave(struct sim_cpu *cpu, struct watch_frame *frame);

/* watch.c */
/* watch_is_kernel: is this an address in the kernel's images? */
bool watch_is_kernel(struct sim_machine *machine, uint64_t address);
/* watch_point: call watch_code for address. */
#define POINT_RETURN  0x1u /* a frame may return there */
#define POINT_ROUTINE 0x2u /* the routine of a call */
#define POINT_SERVICE 0x4u
void watch_point(struct sim_machine *machine, uint64_t address, uint32_t what);
/* watch_read_word: read 8 bytes as the processor sees them. => false: not mapped */
bool watch_read_word(struct sim_cpu *cpu, uint64_t address, uint64_t *word);
/* watch_report: tell what has been found; fills in the call. */
void watch_report(struct sim_cpu *cpu, struct sim_finding *finding);

/* watch_registers.c */
void watch_read_registers(struct sim_cpu *cpu, struct watch_registers *registers);
/* watch_read_kept: only rax and what a function keeps, the flags, MXCSR and CR8. */
void watch_read_kept(struct sim_cpu *cpu, struct watch_registers *registers);
/* watch_differing: => the set of registers, of those in `of`, in which they differ */
uint64_t watch_differing(const struct watch_registers *a, const struct watch_registers *b,
                         uint64_t of);
/* watch_changed: report the first of a set as changed (C13). */
void watch_changed(struct sim_cpu *cpu, struct sim_finding *finding, uint64_t set,
                   const struct watch_registers *expected, const struct watch_registers *actual);

/* watch_call.c */
void watch_call_begin(struct sim_machine *machine);
/* A call is entered: the frame is new. */
void watch_call_entered(struct sim_cpu *cpu, struct watch_frame *frame);
/* .. returns, frame has been left. */
void watch_call_left(struct sim_cpu *cpu, struct watch_frame *frame);
/* An exported function returns in which the processor has served calls by polling. */
void watch_served(struct sim_cpu *cpu, const struct watch_frame *frame);
/* The first instruction of a routine is next. */
void watch_routine_entered(struct sim_cpu *cpu);
void watch_routine_left(struct sim_cpu *cpu, struct watch_frame *frame);

/* watch_access.c */
bool watch_access_create(struct sim_machine *machine);
void watch_access_begin(struct watch *watch);
/* watch_received: an interrupt has come; whoever sent it did so before. */
void watch_received(struct sim_cpu *cpu, uint8_t vector);
/* watch_polled: => what the driver's code reads again and again right now, or 0 */
uint64_t watch_polled(const struct watch_processor *processor);

/* watch_wait.c */
void watch_wait_begin(struct watch *watch);
void watch_lock_taken(struct sim_cpu *cpu, const struct watch_frame *frame);
/* watch_lock_given: object is the lock, or the handle of a queued one. */
void watch_lock_given(struct watch *watch, uint64_t object, bool handle);

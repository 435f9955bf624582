/* SPDX-License-Identifier: MIT */
/*
 * The unwind engine against a model: random functions, whose prologs, bodies
 * and epilogs a small processor executes step by step.  After every step the
 * engine must find the caller's registers, which the model knows, because it
 * began with them.  Then the same with damage, where it need only come back.
 */
#include "kernel/rtl/unwind.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>

#include <cmocka.h>

#define IMAGE        0x140000000ull
#define IMAGE_BYTES  0x4000u
#define FUNCTION     0x1000u /* in the image: code, unwind information, that of a chained part */
#define FUNCTION_END 0x1200u
#define INFO         0x2000u
#define CHAINED_INFO 0x2800u
#define ELSEWHERE    0x3000u
#define STACK        0x7FF000000000ull
#define STACK_BYTES  0x120000u
#define CALLER       0x1400ABCDEull

#define RSP            4
#define OP_PUSH        0
#define OP_ALLOC_LARGE 1
#define OP_ALLOC_SMALL 2
#define OP_SET_FPREG   3
#define OP_SAVE        4
#define OP_SAVE_FAR    5
#define OP_EPILOG      6
#define OP_XMM         8
#define OP_XMM_FAR     9
#define OP_MACHINE     10

static uint8_t image[IMAGE_BYTES], stack[STACK_BYTES];

/* A step of a prolog: one code, and what its instruction does. */
struct step {
    uint8_t operation, reg, after; /* after: the offset behind its instruction */
    uint32_t value;                /* bytes, or an offset in the frame */
    bool far;
};

struct function {
    struct step steps[40];
    unsigned count, chained; /* the last `chained` steps belong to a chained part */
    uint8_t frame_register, frame_offset;
    uint32_t allocated;
    bool machine, error_code;
};

static uint32_t seed;

static uint32_t draw(uint32_t limit)
{
    seed = seed * 1664525u + 1013904223u;
    return (seed >> 8) % limit;
}

static BOOLEAN read_memory(ULONG64 address, PVOID value, ULONG size)
{
    assert_in_range(size, 1, 16);
    if (address >= IMAGE && address - IMAGE <= IMAGE_BYTES - size) {
        memcpy(value, image + (address - IMAGE), size);
        return TRUE;
    }
    if (address >= STACK && address - STACK <= STACK_BYTES - size) {
        memcpy(value, stack + (address - STACK), size);
        return TRUE;
    }
    return FALSE;
}

static void write_stack(uint64_t address, const void *value, size_t size)
{
    assert_in_range(address, STACK, STACK + STACK_BYTES - size);
    memcpy(stack + (address - STACK), value, size);
}

static uint64_t *reg(CONTEXT *context, unsigned number)
{
    return &context->Rax + number;
}

static M128A *xmm(CONTEXT *context, unsigned number)
{
    return &context->Xmm0 + number;
}

static const uint8_t nonvolatile[] = { 3, 5, 6, 7, 12, 13, 14, 15 };

static struct step *add_step(struct function *f, uint8_t operation, uint8_t number, uint32_t value)
{
    struct step *step = &f->steps[f->count];
    uint8_t before = f->count > 0 ? f->steps[f->count - 1].after : 0;

    *step =
        (struct step){ operation, number, (uint8_t)(before + 1 + draw(5)), value, draw(4) == 0 };
    f->count++;
    return step;
}

/* set_frame: let a register that has been pushed point into the fixed part. */
static void set_frame(struct function *f, unsigned pushed)
{
    uint32_t most = f->allocated / 16 < 15 ? f->allocated / 16 : 15;

    if (pushed & 1u << 5) {
        f->frame_register = 5;
        f->frame_offset = (uint8_t)draw(most + 1);
        add_step(f, OP_SET_FPREG, 5, 0);
    } else if (pushed & 1u << 13) {
        f->frame_register = 13;
        add_step(f, OP_SET_FPREG, 13, 0);
    }
}

/* make_function: pushes, the fixed part, saved registers; a frame register before or after those.
 */
static void make_function(struct function *f)
{
    unsigned pushed = 0, chain_from;

    memset(f, 0, sizeof(*f));
    f->machine = draw(8) == 0;
    f->error_code = draw(2);
    for (unsigned i = 0; i < sizeof(nonvolatile); i++) {
        if (draw(2)) {
            add_step(f, OP_PUSH, nonvolatile[i], 0);
            pushed |= 1u << nonvolatile[i];
        }
    }
    f->allocated = draw(3)   ? 8 * (1 + draw(16))
                   : draw(2) ? 8 * (1 + draw(0x1000))
                             : 0x80000 + 8 * draw(64);
    add_step(f, OP_ALLOC_SMALL, 0, f->allocated);
    if (draw(2)) {
        set_frame(f, pushed);
    }
    chain_from = f->count;
    for (unsigned i = 0; i < sizeof(nonvolatile) && f->allocated >= 16 + 8 * sizeof(nonvolatile);
         i++) {
        if (!(pushed & 1u << nonvolatile[i]) && draw(2)) {
            add_step(f, OP_SAVE, nonvolatile[i], 8 * i);
        }
    }
    for (unsigned number = 6; number < 16 && f->allocated >= 0x140; number++) {
        if (draw(3) == 0) {
            add_step(f, OP_XMM, (uint8_t)number, 0x80 + 16 * (number - 6));
        }
    }
    if (draw(4) == 0) {
        f->chained = f->count - chain_from;
    } else if (f->frame_register == 0 && draw(2)) {
        set_frame(f, pushed);
    }
}

/* encode_step: => slots written at codes */
static unsigned encode_step(const struct step *step, uint8_t after, uint16_t *codes)
{
    unsigned operation = step->operation, info = step->reg, extra = 0;
    uint32_t value = step->value;

    switch (step->operation) {
    case OP_ALLOC_SMALL:
        info = value / 8 - 1;
        if (value > 128 || step->far) {
            operation = OP_ALLOC_LARGE;
            info = value > 0x7FFF8 || step->far ? 1 : 0;
            extra = info ? 2 : 1;
            value = info ? value : value / 8;
        }
        break;
    case OP_SET_FPREG:
        info = 0;
        break;
    case OP_SAVE:
    case OP_XMM:
        if (step->far) {
            operation++;
            extra = 2;
        } else {
            extra = 1;
            value /= step->operation == OP_SAVE ? 8 : 16;
        }
        break;
    }
    codes[0] = (uint16_t)(after | operation << 8 | info << 12);
    if (extra >= 1) {
        codes[1] = (uint16_t)value;
    }
    if (extra == 2) {
        codes[2] = (uint16_t)(value >> 16);
    }
    return 1 + extra;
}

/* encode_info: steps [from, to) as unwind information; offsets count from `base`. */
static void encode_info(const struct function *f, uint32_t at, unsigned from, unsigned to,
                        uint8_t base, uint8_t flags, unsigned version)
{
    uint16_t codes[128];
    unsigned count = 0;
    uint8_t size = to > from ? (uint8_t)(f->steps[to - 1].after - base) : 0;

    if (version == 2) {
        codes[count++] = (uint16_t)(3 | OP_EPILOG << 8 | 1 << 12);
        codes[count++] = (uint16_t)(0x20 | OP_EPILOG << 8);
    }
    for (unsigned i = to; i-- > from;) {
        count += encode_step(&f->steps[i], (uint8_t)(f->steps[i].after - base), codes + count);
    }
    if (f->machine && from == 0) {
        codes[count++] = (uint16_t)(OP_MACHINE << 8 | (unsigned)f->error_code << 12);
    }
    image[at] = (uint8_t)(version | flags << 3);
    image[at + 1] = size;
    image[at + 2] = (uint8_t)count;
    image[at + 3] = (uint8_t)(f->frame_register | f->frame_offset << 4);
    memcpy(image + at + 4, codes, count * 2);
    at += 4 + 2 * ((count + 1) & ~1u);
    if (flags & UNW_FLAG_CHAININFO) {
        const uint32_t primary[3] = { FUNCTION, FUNCTION + 0x80, INFO };

        memcpy(image + at, primary, sizeof(primary));
    } else {
        const uint32_t handler = ELSEWHERE;

        memcpy(image + at, &handler, sizeof(handler));
    }
}

/* enter: the registers of a caller, and those at the function's first instruction. */
static void enter(const struct function *f, CONTEXT *caller, CONTEXT *now)
{
    const uint64_t address = CALLER;

    for (unsigned i = 0; i < 16; i++) {
        *reg(caller, i) = 0xAAAA000000000000ull + draw(0x1000000) + ((uint64_t)i << 32);
        *xmm(caller, i) = (M128A){ draw(0x1000000), (int64_t)i };
    }
    caller->Rsp = STACK + STACK_BYTES - 0x200 + 16 * draw(8);
    caller->Rip = CALLER;
    *now = *caller;
    if (f->machine) {
        const uint64_t frame[5] = { CALLER, 0x10, 0x202, caller->Rsp, 0x18 };

        now->Rsp = STACK + STACK_BYTES - 0x300;
        write_stack(now->Rsp, frame, sizeof(frame));
        if (f->error_code) {
            now->Rsp -= 8;
        }
    } else {
        now->Rsp -= 8;
        write_stack(now->Rsp, &address, sizeof(address));
    }
    now->Rip = IMAGE + FUNCTION;
}

/* execute: one step of the prolog. */
static void execute(const struct function *f, const struct step *step, CONTEXT *now, uint64_t *base)
{
    switch (step->operation) {
    case OP_PUSH:
        now->Rsp -= 8;
        write_stack(now->Rsp, reg(now, step->reg), 8);
        break;
    case OP_ALLOC_SMALL:
        now->Rsp -= step->value;
        *base = now->Rsp;
        break;
    case OP_SET_FPREG:
        *reg(now, step->reg) = now->Rsp + f->frame_offset * 16u;
        return;
    case OP_SAVE:
        write_stack(*base + step->value, reg(now, step->reg), 8);
        break;
    case OP_XMM:
        write_stack(*base + step->value, xmm(now, step->reg), 16);
        *xmm(now, step->reg) = (M128A){ 0xBAD, 0xBAD };
        return;
    }
    if (step->operation == OP_PUSH || step->operation == OP_SAVE) {
        *reg(now, step->reg) = 0xBAD;
    }
}

static void check(CONTEXT *found, CONTEXT *caller)
{
    assert_int_equal(found->Rip, caller->Rip);
    assert_int_equal(found->Rsp, caller->Rsp);
    for (unsigned i = 0; i < sizeof(nonvolatile); i++) {
        assert_int_equal(*reg(found, nonvolatile[i]), *reg(caller, nonvolatile[i]));
    }
    for (unsigned i = 6; i < 16; i++) {
        assert_memory_equal(xmm(found, i), xmm(caller, i), 16);
    }
}

/* unwind: one frame from `now`; entry: the function, or its chained part. */
static RTLP_UNWIND unwind(const CONTEXT *now, CONTEXT *caller, bool chained, uint8_t chained_at)
{
    CONTEXT found = *now;
    RTLP_UNWIND state = { .Context = &found, .Read = read_memory };
    RUNTIME_FUNCTION function = { FUNCTION, FUNCTION_END, INFO };

    if (chained) {
        function = (RUNTIME_FUNCTION){ FUNCTION + chained_at, FUNCTION_END, CHAINED_INFO };
    }
    assert_true(RtlpUnwindFunction(&state, IMAGE, &function));
    check(&found, caller);
    return state;
}

static void build(const struct function *f, unsigned version)
{
    const unsigned split = f->count - f->chained;
    const uint8_t base = f->chained ? f->steps[split - 1].after : 0;

    memset(image + FUNCTION, 0x90, FUNCTION_END - FUNCTION);
    encode_info(f, INFO, 0, split, 0, UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER, version);
    if (f->chained) {
        encode_info(f, CHAINED_INFO, split, f->count, base, UNW_FLAG_CHAININFO, 1);
    }
}

static void prologs_and_bodies_are_undone(void **state)
{
    (void)state;
    seed = 1;
    for (unsigned round = 0; round < 20000; round++) {
        struct function f;
        CONTEXT caller, now;
        RTLP_UNWIND result;
        uint64_t base = 0;
        uint8_t split;

        make_function(&f);
        build(&f, 1 + draw(2));
        split = f.chained ? f.steps[f.count - f.chained - 1].after : 0;
        enter(&f, &caller, &now);
        for (unsigned i = 0; i <= f.count; i++) {
            bool chained = f.chained && i >= f.count - f.chained;

            result = unwind(&now, &caller, chained, split);
            assert_int_equal(result.MachineFrame, f.machine);
            assert_int_equal(result.ErrorCode, f.machine && f.error_code);
            assert_int_equal(result.Flags == 0, i < f.count); /* no handler in a prolog */
            if (i < f.count) {
                execute(&f, &f.steps[i], &now, &base);
                now.Rip = IMAGE + FUNCTION + f.steps[i].after;
            }
        }
        now.Rip += 0x40;
        if (f.frame_register != 0) {
            now.Rsp -= 16 * draw(64);
        }
        result = unwind(&now, &caller, f.chained != 0, split);
        assert_int_equal(result.Flags, UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER);
        assert_int_equal(result.EstablisherFrame, base);
    }
}

/* An epilog: bytes, and what each of its instructions does. */
struct epilog {
    uint8_t bytes[64];
    unsigned size, ends[12], count;
};

static void emit(struct epilog *e, const void *bytes, unsigned size)
{
    memcpy(e->bytes + e->size, bytes, size);
    e->size += size;
    e->ends[e->count++] = e->size;
}

static void emit_release(struct epilog *e, const struct function *f, uint64_t *released)
{
    uint32_t value = f->allocated - f->frame_offset * 16u;
    uint8_t code[8] = { 0x48, 0x81, 0xC4 };

    *released = value;
    if (f->frame_register == 13) {
        code[0] = 0x49;
    }
    if (f->frame_register != 0) {
        code[1] = 0x8D;
        code[2] = 0xA0 | (f->frame_register & 7);
        memcpy(code + 3, &value, 4);
        if ((int32_t)value < 128 && draw(2)) {
            code[2] = 0x60 | (f->frame_register & 7);
            code[3] = (uint8_t)value;
            emit(e, code, 4);
            return;
        }
        emit(e, code, 7);
        return;
    }
    memcpy(code + 3, &value, 4);
    if (value < 128 && draw(2)) {
        code[1] = 0x83;
        emit(e, code, 4);
    } else {
        emit(e, code, 7);
    }
}

static void emit_end(struct epilog *e, uint32_t at)
{
    const int32_t distance = (int32_t)(ELSEWHERE - (at + e->size + 5));
    uint8_t jump[5] = { 0xE9 };

    memcpy(jump + 1, &distance, 4);
    switch (draw(5)) {
    case 0:
        emit(e, "\xF3\xC3", 2);
        break;
    case 1:
        emit(e, jump, 5);
        break;
    case 2:
        emit(e, "\x48\xFF\xE0", 3);
        break;
    case 3:
        emit(e, "\xFF\x25\x00\x01\x00\x00", 6);
        break;
    default:
        emit(e, "\xC3", 1);
    }
}

static void epilogs_are_finished(void **state)
{
    (void)state;
    seed = 77;
    for (unsigned round = 0; round < 20000; round++) {
        struct function f;
        struct epilog e = { .size = 0 };
        CONTEXT caller, now;
        uint64_t base = 0, released;
        unsigned step = 0;
        const uint32_t at = FUNCTION + 0xF0;

        make_function(&f);
        f.machine = false;
        f.chained = 0;
        build(&f, 1 + draw(2));
        enter(&f, &caller, &now);
        for (unsigned i = 0; i < f.count; i++) {
            execute(&f, &f.steps[i], &now, &base);
        }
        for (unsigned i = 0; i < f.count; i++) { /* what was saved by mov comes back by mov */
            const struct step *s = &f.steps[i];

            if (s->operation == OP_SAVE) {
                read_memory(base + s->value, reg(&now, s->reg), 8);
            } else if (s->operation == OP_XMM) {
                read_memory(base + s->value, xmm(&now, s->reg), 16);
            }
        }
        emit_release(&e, &f, &released);
        for (unsigned i = f.count; i-- > 0;) {
            if (f.steps[i].operation == OP_PUSH) {
                const uint8_t pop[2] = { 0x41, (uint8_t)(0x58 | (f.steps[i].reg & 7)) };

                emit(&e, pop + (f.steps[i].reg < 8), 1 + (f.steps[i].reg >= 8));
            }
        }
        emit_end(&e, at);
        memcpy(image + at, e.bytes, e.size);
        now.Rip = IMAGE + at;
        assert_int_equal(unwind(&now, &caller, false, 0).Flags, 0);
        now.Rsp =
            f.frame_register != 0 ? *reg(&now, f.frame_register) + released : now.Rsp + released;
        for (unsigned i = f.count; i-- > 0;) {
            now.Rip = IMAGE + at + e.ends[step];
            if (f.steps[i].operation == OP_PUSH) {
                assert_int_equal(unwind(&now, &caller, false, 0).Flags, 0);
                read_memory(now.Rsp, reg(&now, f.steps[i].reg), 8);
                now.Rsp += 8;
                step++;
            }
        }
        now.Rip = IMAGE + at + e.ends[step];
        assert_int_equal(unwind(&now, &caller, false, 0).Flags, 0);
    }
}

/* A return address is in no epilog, even where the code there looks like one. */
static void a_return_address_is_in_the_body(void **state)
{
    struct function f = { .allocated = 0x28 };
    const int32_t distance = ELSEWHERE - (FUNCTION + 0x40 + 5);
    CONTEXT caller, now, found;
    RTLP_UNWIND result = { .Context = &found, .Read = read_memory, .Called = TRUE };
    const RUNTIME_FUNCTION function = { FUNCTION, FUNCTION_END, INFO };
    uint64_t base;

    (void)state;
    add_step(&f, OP_ALLOC_SMALL, 0, 0x28);
    build(&f, 1);
    enter(&f, &caller, &now);
    execute(&f, &f.steps[0], &now, &base);
    image[FUNCTION + 0x40] = 0xE9; /* a jump to the function's other part, the stack still taken */
    memcpy(image + FUNCTION + 0x41, &distance, 4);
    now.Rip = IMAGE + FUNCTION + 0x40;
    found = now;
    assert_true(RtlpUnwindFunction(&result, IMAGE, &function));
    check(&found, &caller);
    assert_int_equal(result.Flags, UNW_FLAG_EHANDLER | UNW_FLAG_UHANDLER);
}

static void damage_does_no_harm(void **state)
{
    unsigned failed = 0;

    (void)state;
    seed = 4711;
    for (unsigned round = 0; round < 300000; round++) {
        struct function f;
        CONTEXT caller, now;
        uint64_t base = 0;
        RTLP_UNWIND result = { .Context = &now, .Read = read_memory };
        RUNTIME_FUNCTION function = { FUNCTION, FUNCTION_END, draw(2) ? INFO : CHAINED_INFO };

        make_function(&f);
        build(&f, draw(4));
        enter(&f, &caller, &now);
        for (unsigned i = 0; i < f.count; i++) {
            execute(&f, &f.steps[i], &now, &base);
        }
        for (unsigned i = 1 + draw(6); i-- > 0;) {
            image[(draw(2) ? INFO : CHAINED_INFO) + draw(64)] = (uint8_t)draw(256);
        }
        if (draw(4) == 0) { /* a chain that leads back to itself */
            const uint32_t self[3] = { FUNCTION, FUNCTION_END, CHAINED_INFO };

            image[CHAINED_INFO] = 1 | UNW_FLAG_CHAININFO << 3;
            image[CHAINED_INFO + 2] = 0;
            memcpy(image + CHAINED_INFO + 4, self, sizeof(self));
        }
        if (draw(8) == 0) {
            function.UnwindData = IMAGE_BYTES - draw(16);
        }
        if (draw(8) == 0) {
            *reg(&now, draw(16)) = STACK + draw(STACK_BYTES) + draw(32) - 16;
        }
        now.Rip = IMAGE + FUNCTION + draw(0x200);
        failed += !RtlpUnwindFunction(&result, IMAGE, &function);
    }
    assert_in_range(failed, 1000, 299000); /* some are noticed, some make sense by chance */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(prologs_and_bodies_are_undone),
        cmocka_unit_test(epilogs_are_finished),
        cmocka_unit_test(a_return_address_is_in_the_body),
        cmocka_unit_test(damage_does_no_harm),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

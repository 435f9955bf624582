/* SPDX-License-Identifier: MIT */
/*
 * test_sim_apic.c: the simulator's local APIC does what the Software Developer's
 * Manual says: priorities, destinations, modes, the timer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "sim/sim.h"

#define COUNT 4

enum {
    ID = 0x020,
    VERSION = 0x030,
    TPR = 0x080,
    PPR = 0x0A0,
    EOI = 0x0B0,
    LDR = 0x0D0,
    DFR = 0x0E0,
    SVR = 0x0F0,
    ISR = 0x100,
    TMR = 0x180,
    IRR = 0x200,
    ESR = 0x280,
    ICR = 0x300,
    ICR_HIGH = 0x310,
    LVT_TIMER = 0x320,
    LVT_LINT1 = 0x360,
    LVT_ERROR = 0x370,
    INITIAL = 0x380,
    CURRENT = 0x390,
    DIVIDE = 0x3E0,
};

#define MSR(offset) (0x800u + ((offset) >> 4))
#define BASE        0x1Bu
#define SELF        0x83Fu

#define ENABLE 0x800ull
#define X2APIC 0x400ull

#define BY_1     0xBu
#define MASKED   0x10000u
#define PERIODIC 0x20000u

static struct sim_apic *apics[COUNT];

/* What has been sent to whom since the last look. */
static struct {
    unsigned from, to;
    enum sim_signal signal;
    uint8_t vector;
} sent[64];
static unsigned sent_count;

static void note(void *context, unsigned from, unsigned to, enum sim_signal signal, uint8_t vector)
{
    assert_ptr_equal(context, &sent);
    assert_true(sent_count < 64);
    sent[sent_count].from = from;
    sent[sent_count].to = to;
    sent[sent_count].signal = signal;
    sent[sent_count++].vector = vector;
}

/*
 * targets: a bit for everyone to whom something was sent.
 */
static unsigned targets(void)
{
    unsigned set = 0;

    for (unsigned i = 0; i < sent_count; i++) {
        assert_int_equal(set >> sent[i].to & 1, 0);
        set |= 1u << sent[i].to;
    }
    sent_count = 0;
    return set;
}

static void make(const uint32_t *ids)
{
    for (unsigned i = 0; i < COUNT; i++) {
        apics[i] = sim_apic_create(i, ids[i], i == 0, note, &sent);
        assert_non_null(apics[i]);
    }
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_connect(apics[i], apics, COUNT);
    }
    sent_count = 0;
}

static int four(void **state)
{
    static const uint32_t ids[COUNT] = {0, 1, 5, 0x22};

    (void)state;
    make(ids);
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_mmio_write(apics[i], SVR, 0x1FF, 0);
    }
    return 0;
}

static int four_x2(void **state)
{
    static const uint32_t ids[COUNT] = {0, 1, 0x11, 0x10022};

    (void)state;
    make(ids);
    for (unsigned i = 0; i < COUNT; i++) {
        uint64_t base;

        assert_true(sim_apic_msr_read(apics[i], BASE, &base, 0));
        assert_true(sim_apic_msr_write(apics[i], BASE, base | X2APIC, 0));
        assert_true(sim_apic_msr_write(apics[i], MSR(SVR), 0x1FF, 0));
    }
    return 0;
}

static int done(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        sim_apic_destroy(apics[i]);
    }
    return 0;
}

static uint32_t get(unsigned index, uint32_t offset)
{
    return sim_apic_mmio_read(apics[index], offset, 0);
}

static void set(unsigned index, uint32_t offset, uint32_t value)
{
    sim_apic_mmio_write(apics[index], offset, value, 0);
}

static void a_vector_waits_for_a_lower_class(void **state)
{
    (void)state;
    for (unsigned class = 0; class < 16; class++) {
        for (unsigned vector = 16; vector < 256; vector++) {
            four(state);
            sim_apic_set_cr8(apics[0], (uint8_t)class);
            sim_apic_accept(apics[0], (uint8_t)vector);
            assert_int_equal(sim_apic_pending(apics[0]), vector >> 4 > class ? (int)vector : -1);
            sim_apic_set_cr8(apics[0], 0);
            assert_int_equal(sim_apic_pending(apics[0]), (int)vector);
            done(state);
        }
    }
    four(state);
}

static void what_is_in_service_holds_its_class_back(void **state)
{
    (void)state;
    sim_apic_accept(apics[0], 0xD1);
    sim_apic_acknowledge(apics[0], 0xD1);
    assert_int_equal(get(0, ISR + 0x60), 1u << 0x11);
    assert_int_equal(get(0, IRR + 0x60), 0);
    assert_int_equal(get(0, PPR), 0xD0);
    sim_apic_accept(apics[0], 0xDF);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    sim_apic_accept(apics[0], 0xE1);
    assert_int_equal(sim_apic_pending(apics[0]), 0xE1);
    sim_apic_acknowledge(apics[0], 0xE1);
    set(0, EOI, 0);
    assert_int_equal(get(0, PPR), 0xD0);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    set(0, EOI, 0);
    assert_int_equal(get(0, PPR), 0);
    assert_int_equal(sim_apic_pending(apics[0]), 0xDF);
    set(0, EOI, 0);
    assert_int_equal(sim_apic_pending(apics[0]), 0xDF);
}

static void a_vector_waits_once_and_once_more_in_service(void **state)
{
    (void)state;
    sim_apic_accept(apics[0], 0xE1);
    sim_apic_accept(apics[0], 0xE1);
    sim_apic_acknowledge(apics[0], 0xE1);
    sim_apic_accept(apics[0], 0xE1);
    sim_apic_accept(apics[0], 0xE1);
    set(0, EOI, 0);
    assert_int_equal(sim_apic_pending(apics[0]), 0xE1);
    sim_apic_acknowledge(apics[0], 0xE1);
    set(0, EOI, 0);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
}

static void cr8_is_the_upper_half_of_tpr(void **state)
{
    (void)state;
    set(0, TPR, 0x5A);
    assert_int_equal(sim_apic_cr8(apics[0]), 5);
    assert_int_equal(get(0, PPR), 0x5A);
    sim_apic_set_cr8(apics[0], 0xD);
    assert_int_equal(get(0, TPR), 0xD0);
}

static void only_an_enabled_apic_accepts(void **state)
{
    (void)state;
    set(0, SVR, 0xFF);
    sim_apic_accept(apics[0], 0x80);
    set(0, SVR, 0x1FF);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    set(0, LVT_TIMER, 0x80);
    set(0, SVR, 0xFF);
    assert_int_equal(get(0, LVT_TIMER), MASKED | 0x80);
    set(0, LVT_TIMER, 0x81);
    assert_int_equal(get(0, LVT_TIMER), MASKED | 0x81);
    set(0, SVR, 0x1FF);
    set(0, LVT_TIMER, 0x81);
    assert_int_equal(get(0, LVT_TIMER), 0x81);
}

static void send(unsigned index, uint32_t destination, uint32_t command)
{
    set(index, ICR_HIGH, destination << 24);
    set(index, ICR, command);
    assert_int_equal(get(index, ICR) & 0x1000, 0);
}

static void xapic_destinations(void **state)
{
    (void)state;
    for (unsigned i = 0; i < COUNT; i++) {
        set(i, LDR, 1u << (24 + i));
    }
    send(0, 5, 0x40E1);
    assert_int_equal(sent[0].from, 0);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_INTERRUPT);
    assert_int_equal(sent[0].vector, 0xE1);
    assert_int_equal(targets(), 1 << 2);
    send(1, 7, 0x40E1);
    assert_int_equal(targets(), 0);
    send(0, 0xFF, 0x4400);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_NMI);
    assert_int_equal(targets(), 0xF);
    send(0, 0x0A, 0x48E1);
    assert_int_equal(targets(), 0xA);
    send(0, 0xFF, 0x4C00);
    assert_int_equal(targets(), 0xF);
    /* Cluster model: cluster 1, members 1 and 2; 2; 4. */
    for (unsigned i = 0; i < COUNT; i++) {
        set(i, DFR, 0);
        set(i, LDR, (i == 3 ? 0x21u : 0x10u | 1u << i) << 24);
    }
    assert_int_equal(get(0, DFR), 0x0FFFFFFF);
    send(3, 0x16, 0x48E1);
    assert_int_equal(targets(), 0x6);
    send(3, 0x21, 0x4C00);
    assert_int_equal(targets(), 0x8);
}

static void shorthands(void **state)
{
    (void)state;
    send(1, 0, 0xC40E1);
    assert_int_equal(targets(), 0xD);
    assert_int_equal(sim_apic_pending(apics[1]), -1);
    send(1, 0, 0x840D1);
    assert_int_equal(targets(), 0xD);
    assert_int_equal(sim_apic_pending(apics[1]), 0xD1);
    send(1, 0, 0x440E1);
    assert_int_equal(targets(), 0);
    assert_int_equal(sim_apic_pending(apics[1]), 0xE1);
    /* An NMI by a shorthand that includes the sender is not defined. */
    send(1, 0, 0x44400);
    send(1, 0, 0x84400);
    assert_int_equal(targets(), 0);
    send(1, 0, 0xC4400);
    assert_int_equal(targets(), 0xD);
}

static void init_and_startup(void **state)
{
    (void)state;
    send(0, 1, 0x4500);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_INIT);
    assert_int_equal(targets(), 2);
    send(0, 1, 0x8500);
    assert_int_equal(targets(), 0);
    send(0, 1, 0x4609);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_STARTUP);
    assert_int_equal(sent[0].vector, 9);
    assert_int_equal(targets(), 2);
}

static void lowest_priority_goes_to_one(void **state)
{
    (void)state;
    sim_apic_set_cr8(apics[0], 3);
    sim_apic_set_cr8(apics[1], 2);
    sim_apic_set_cr8(apics[2], 1);
    sim_apic_set_cr8(apics[3], 1);
    send(0, 0xFF, 0x41E1);
    assert_int_equal(targets(), 1 << 2);
}

static void init_leaves_mode_and_id(void **state)
{
    uint64_t base, after;

    (void)state;
    assert_true(sim_apic_msr_read(apics[3], BASE, &base, 0));
    assert_true(sim_apic_msr_write(apics[3], MSR(TPR), 0x50, 0));
    sim_apic_accept(apics[3], 0xE1);
    sim_apic_reset(apics[3]);
    assert_true(sim_apic_msr_read(apics[3], BASE, &after, 0));
    assert_int_equal(base, after);
    assert_int_equal(sim_apic_pending(apics[3]), -1);
    assert_int_equal(sim_apic_cr8(apics[3]), 0);
    assert_true(sim_apic_msr_read(apics[3], MSR(ID), &after, 0));
    assert_int_equal(after, 0x10022);
    assert_true(sim_apic_msr_read(apics[3], MSR(SVR), &after, 0));
    assert_int_equal(after, 0xFF);
}

static void errors_are_shown_after_a_write_to_esr(void **state)
{
    (void)state;
    set(0, LVT_ERROR, 0xFE);
    send(0, 1, 0x4008);
    assert_int_equal(targets(), 0);
    assert_int_equal(get(0, ESR), 0);
    assert_int_equal(sim_apic_pending(apics[0]), 0xFE);
    sim_apic_accept(apics[0], 15);
    get(0, 0x040);
    set(0, ESR, 0);
    assert_int_equal(get(0, ESR), 0x20 | 0x40 | 0x80);
    set(0, ESR, 0);
    assert_int_equal(get(0, ESR), 0);
}

static void modes_change_only_as_they_may(void **state)
{
    static const uint64_t modes[] = {0, ENABLE, X2APIC, ENABLE | X2APIC};
    static const bool legal[4][4] = {
        [0] = {true, true, false, false},
        [1] = {true, true, false, true},
        [3] = {true, false, false, true},
    };

    for (unsigned from = 0; from < 4; from++) {
        for (unsigned to = 0; to < 4; to++) {
            uint64_t base = SIM_APIC_BASE | 0x100;
            uint64_t after;

            if (from == 2) {
                continue;
            }
            done(state);
            four(state);
            if (from == 0) {
                assert_true(sim_apic_msr_write(apics[0], BASE, base, 0));
            } else if (from == 3) {
                assert_true(sim_apic_msr_write(apics[0], BASE, base | modes[3], 0));
            }
            assert_int_equal(sim_apic_msr_write(apics[0], BASE, base | modes[to], 0),
                             legal[from][to]);
            assert_true(sim_apic_msr_read(apics[0], BASE, &after, 0));
            assert_int_equal(after, base | modes[legal[from][to] ? to : from]);
        }
    }
    assert_false(sim_apic_msr_write(apics[0], BASE, SIM_APIC_BASE | ENABLE | 1, 0));
    assert_false(sim_apic_msr_write(apics[0], BASE, 1ull << SIM_PHYSICAL_BITS | ENABLE, 0));
}

static void its_page_is_there_in_xapic_mode_only(void **state)
{
    (void)state;
    assert_int_equal(sim_apic_page(apics[0]), SIM_APIC_BASE);
    assert_int_equal(get(3, ID), 0x22u << 24);
    assert_true(sim_apic_msr_write(apics[3], BASE, SIM_APIC_BASE | ENABLE | X2APIC, 0));
    assert_int_equal(sim_apic_page(apics[3]), UINT64_MAX);
    assert_true(sim_apic_msr_write(apics[3], BASE, SIM_APIC_BASE, 0));
    assert_int_equal(sim_apic_page(apics[3]), UINT64_MAX);
    assert_false(sim_apic_enabled(apics[3]));
    send(0, 0xFF, 0x40E1);
    assert_int_equal(targets(), 0x6);
}

static void x2apic_msrs_fault_as_they_must(void **state)
{
    /* Registers: 0 absent, 1 read only, 2 write only, 3 both. */
    static const uint8_t kinds[64] = {
        [0x02] = 1, [0x03] = 1, [0x08] = 3, [0x0A] = 1, [0x0B] = 2, [0x0D] = 1, [0x0F] = 3,
        [0x10] = 1, [0x11] = 1, [0x12] = 1, [0x13] = 1, [0x14] = 1, [0x15] = 1, [0x16] = 1,
        [0x17] = 1, [0x18] = 1, [0x19] = 1, [0x1A] = 1, [0x1B] = 1, [0x1C] = 1, [0x1D] = 1,
        [0x1E] = 1, [0x1F] = 1, [0x20] = 1, [0x21] = 1, [0x22] = 1, [0x23] = 1, [0x24] = 1,
        [0x25] = 1, [0x26] = 1, [0x27] = 1, [0x28] = 3, [0x30] = 3, [0x32] = 3, [0x33] = 3,
        [0x34] = 3, [0x35] = 3, [0x36] = 3, [0x37] = 3, [0x38] = 3, [0x39] = 1, [0x3E] = 3,
        [0x3F] = 2,
    };
    uint64_t value;

    (void)state;
    for (uint32_t i = 0; i < 0x100; i++) {
        uint8_t kind = i < 64 ? kinds[i] : 0;
        uint64_t zero = i == 0x30 ? 0xC4020 : i == 0x3F ? 0x20 : 0;

        assert_int_equal(sim_apic_msr_read(apics[0], 0x800 + i, &value, 0), (kind & 1) != 0);
        assert_int_equal(sim_apic_msr_write(apics[0], 0x800 + i, zero, 0), (kind & 2) != 0);
    }
    assert_false(sim_apic_msr_write(apics[0], MSR(EOI), 1, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(ESR), 1, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(TPR), 0x100, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(SVR), 0x3FF, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(INITIAL), 1ull << 32, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(LVT_TIMER), 0x40000, 0));
    assert_false(sim_apic_msr_write(apics[0], MSR(ICR), 0x100E1ull, 0));
    assert_false(sim_apic_msr_write(apics[0], SELF, 0x100, 0));
    assert_true(sim_apic_msr_write(apics[0], MSR(SVR), 0x1FF, 0));
    assert_true(sim_apic_msr_write(apics[0], MSR(LVT_LINT1), 0x1400, 0));
    assert_true(sim_apic_msr_read(apics[0], MSR(LVT_LINT1), &value, 0));
    assert_int_equal(value, 0x400);
}

static void xapic_mode_has_no_msrs(void **state)
{
    uint64_t value;

    (void)state;
    for (uint32_t msr = 0x800; msr < 0x900; msr++) {
        assert_false(sim_apic_msr_read(apics[0], msr, &value, 0));
        assert_false(sim_apic_msr_write(apics[0], msr, 0, 0));
    }
}

static void send_x2(unsigned index, uint64_t destination, uint32_t command)
{
    uint64_t value;

    assert_true(sim_apic_msr_write(apics[index], MSR(ICR), destination << 32 | command, 0));
    assert_true(sim_apic_msr_read(apics[index], MSR(ICR), &value, 0));
    assert_int_equal(value, destination << 32 | command);
}

static void x2apic_destinations(void **state)
{
    uint64_t value;

    (void)state;
    send_x2(0, 0x10022, 0x40E1);
    assert_int_equal(targets(), 1 << 3);
    send_x2(0, 0x22, 0x40E1);
    assert_int_equal(targets(), 0);
    send_x2(0, 0xFF, 0x4400);
    assert_int_equal(targets(), 0);
    send_x2(0, 0xFFFFFFFF, 0x4400);
    assert_int_equal(targets(), 0xF);
    assert_true(sim_apic_msr_read(apics[3], MSR(LDR), &value, 0));
    assert_int_equal(value, 0x1002ull << 16 | 1 << 2);
    send_x2(3, 0x00000003, 0x48E1);
    assert_int_equal(targets(), 0x3);
    send_x2(3, 0x0001FFFF, 0x48E1);
    assert_int_equal(targets(), 0x4);
    send_x2(0, 0x10020004, 0x48E1);
    assert_int_equal(targets(), 0x8);
    send_x2(0, 0, 0xC40E1);
    assert_int_equal(targets(), 0xE);
}

static void self_ipi(void **state)
{
    (void)state;
    assert_true(sim_apic_msr_write(apics[2], SELF, 0x2F, 0));
    assert_int_equal(sent_count, 0);
    assert_int_equal(sim_apic_pending(apics[2]), 0x2F);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
}

static void a_boot_processor_starts_others_across_modes(void **state)
{
    static const uint32_t ids[COUNT] = {0, 1, 254, 300};

    (void)state;
    done(state);
    make(ids);
    assert_true(sim_apic_msr_write(apics[0], BASE, SIM_APIC_BASE | ENABLE | X2APIC, 0));
    send_x2(0, 1, 0x4500);
    assert_int_equal(targets(), 2);
    send_x2(0, 254, 0x4608);
    assert_int_equal(targets(), 4);
    send_x2(0, 300, 0x4608);
    assert_int_equal(targets(), 8);
    assert_int_equal(sim_apic_page(apics[3]), UINT64_MAX);
}

static void start_timer(unsigned index, uint32_t entry, uint32_t divide, uint32_t count)
{
    set(index, DIVIDE, divide);
    set(index, LVT_TIMER, entry);
    set(index, INITIAL, count);
}

static void one_shot_fires_once(void **state)
{
    (void)state;
    start_timer(0, 0xF1, BY_1, 1000);
    assert_int_equal(sim_apic_deadline(apics[0]), 1000);
    assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, 1), 999);
    sim_apic_tick(apics[0], 999);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    sim_apic_tick(apics[0], 1000);
    assert_int_equal(sim_apic_pending(apics[0]), 0xF1);
    assert_int_equal(sim_apic_deadline(apics[0]), UINT64_MAX);
    assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, 1001), 0);
}

static void periodic_fires_again(void **state)
{
    (void)state;
    start_timer(0, PERIODIC | 0xF1, BY_1, 1000);
    sim_apic_tick(apics[0], 1000);
    assert_int_equal(sim_apic_deadline(apics[0]), 2000);
    assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, 1000), 1000);
    assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, 1250), 750);
    /* Ticks that nobody looked at are one. */
    sim_apic_tick(apics[0], 7999);
    assert_int_equal(sim_apic_deadline(apics[0]), 8000);
    sim_apic_tick(apics[0], 8000);
    assert_int_equal(sim_apic_deadline(apics[0]), 9000);
    sim_apic_acknowledge(apics[0], 0xF1);
    set(0, EOI, 0);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    sim_apic_mmio_write(apics[0], INITIAL, 0, 8500);
    assert_int_equal(sim_apic_deadline(apics[0]), UINT64_MAX);
}

static void the_divider_divides(void **state)
{
    static const uint32_t codes[8] = {0xB, 0x0, 0x1, 0x2, 0x3, 0x8, 0x9, 0xA};

    (void)state;
    for (unsigned i = 0; i < 8; i++) {
        start_timer(0, 0xF1, codes[i], 100);
        assert_int_equal(sim_apic_deadline(apics[0]), 100u << i);
        assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, (50u << i) + 1), i == 0 ? 49 : 50);
    }
    /* Changed on the way, it keeps the count. */
    start_timer(0, 0xF1, BY_1, 100);
    sim_apic_mmio_write(apics[0], DIVIDE, 0, 40);
    assert_int_equal(sim_apic_deadline(apics[0]), 40 + 2 * 60);
}

static void a_masked_timer_runs_silently(void **state)
{
    (void)state;
    start_timer(0, MASKED | PERIODIC | 0xF1, BY_1, 1000);
    assert_int_equal(sim_apic_deadline(apics[0]), UINT64_MAX);
    assert_int_equal(sim_apic_mmio_read(apics[0], CURRENT, 2300), 700);
    sim_apic_mmio_write(apics[0], LVT_TIMER, PERIODIC | 0xF1, 5400);
    assert_int_equal(sim_apic_pending(apics[0]), -1);
    assert_int_equal(sim_apic_deadline(apics[0]), 6000);
}

static void the_end_of_a_level_is_told(void **state)
{
    (void)state;
    sim_apic_accept_level(apics[1], 0x51);
    assert_int_equal(sim_apic_mmio_read(apics[1], TMR + 0x20, 0), 1u << 17);
    sim_apic_acknowledge(apics[1], 0x51);
    sim_apic_accept(apics[1], 0x61);
    sim_apic_acknowledge(apics[1], 0x61);
    sim_apic_mmio_write(apics[1], EOI, 0, 0);
    assert_int_equal(sent_count, 0);
    sim_apic_mmio_write(apics[1], EOI, 0, 0);
    assert_int_equal(sent_count, 1);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_END);
    assert_int_equal(sent[0].vector, 0x51);
    sim_apic_accept(apics[1], 0x51); /* at an edge: the bit goes */
    assert_int_equal(sim_apic_mmio_read(apics[1], TMR + 0x20, 0), 0);
}

static void message(uint8_t destination, uint32_t command, bool level)
{
    sent_count = 0;
    sim_apic_message(apics, COUNT, destination, command, level, note, &sent);
}

static void devices_messages_find_their_processors(void **state)
{
    (void)state;
    message(5, 0x51, false);
    assert_int_equal(sent[0].from, SIM_DEVICES);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_INTERRUPT);
    assert_int_equal(targets(), 4);
    message(5, 0x51, true);
    assert_int_equal(sent[0].signal, SIM_SIGNAL_LEVEL);
    assert_int_equal(targets(), 4);
    message(6, 0x51, false);
    assert_int_equal(targets(), 0);
    message(0xFF, 0x51, false);
    assert_int_equal(targets(), 15);
    message(0xFF, 0x151, false); /* the lowest priority */
    assert_int_equal(targets(), 1);
    message(5, 0x451, false); /* an NMI: not by this machine's I/O APIC */
    assert_int_equal(targets(), 0);
    sim_apic_mmio_write(apics[0], LDR, 0x01000000, 0);
    sim_apic_mmio_write(apics[2], LDR, 0x04000000, 0);
    message(5, 0x851, false); /* logical */
    assert_int_equal(targets(), 5);
}

static void a_copy_is_the_state(void **state)
{
    (void)state;
    start_timer(0, PERIODIC | 0xF1, BY_1, 1000);
    sim_apic_accept(apics[0], 0xE1);
    sim_apic_copy(apics[1], apics[0]);
    assert_int_equal(sim_apic_pending(apics[1]), 0xE1);
    assert_int_equal(sim_apic_deadline(apics[1]), 1000);
    assert_int_equal(sim_apic_id(apics[1]), 1);
    send(0, 5, 0x40E1);
    send(1, 5, 0x40E1);
    assert_int_equal(sent[1].from, 1);
}

#define XAPIC(test)  cmocka_unit_test_setup_teardown(test, four, done)
#define IN_X2(test) cmocka_unit_test_setup_teardown(test, four_x2, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_vector_waits_for_a_lower_class, done),
        XAPIC(what_is_in_service_holds_its_class_back),
        XAPIC(a_vector_waits_once_and_once_more_in_service),
        XAPIC(cr8_is_the_upper_half_of_tpr),
        XAPIC(only_an_enabled_apic_accepts),
        XAPIC(xapic_destinations),
        XAPIC(shorthands),
        XAPIC(init_and_startup),
        XAPIC(lowest_priority_goes_to_one),
        XAPIC(errors_are_shown_after_a_write_to_esr),
        XAPIC(modes_change_only_as_they_may),
        XAPIC(its_page_is_there_in_xapic_mode_only),
        XAPIC(xapic_mode_has_no_msrs),
        XAPIC(a_boot_processor_starts_others_across_modes),
        XAPIC(one_shot_fires_once),
        XAPIC(periodic_fires_again),
        XAPIC(the_divider_divides),
        XAPIC(a_masked_timer_runs_silently),
        XAPIC(the_end_of_a_level_is_told),
        XAPIC(devices_messages_find_their_processors),
        XAPIC(a_copy_is_the_state),
        IN_X2(init_leaves_mode_and_id),
        IN_X2(x2apic_msrs_fault_as_they_must),
        IN_X2(x2apic_destinations),
        IN_X2(self_ipi),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_sim_apic.c: the simulator's local APIC does what the Software Developer's
 * Manual says: priorities, destinations, errors, the timer.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apics.h"

#define BY_1     0xBu
#define PERIODIC 0x20000u

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

#define XAPIC(test) cmocka_unit_test_setup_teardown(test, four, done)

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
        XAPIC(one_shot_fires_once),
        XAPIC(periodic_fires_again),
        XAPIC(the_divider_divides),
        XAPIC(a_masked_timer_runs_silently),
        XAPIC(the_end_of_a_level_is_told),
        XAPIC(devices_messages_find_their_processors),
        XAPIC(a_copy_is_the_state),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_sim_x2apic.c: the simulator's local APIC changes its mode as it may, and
 * in x2APIC mode does what the Software Developer's Manual says.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "apics.h"

#define MSR(offset) (0x800u + ((offset) >> 4))
#define BASE        0x1Bu
#define SELF        0x83Fu

#define NO_PAGE 0xFFFFFFFFu /* what is read where the registers are not */

#define ENABLE 0x800ull
#define X2APIC 0x400ull

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
    assert_int_not_equal(get(0, VERSION), NO_PAGE);
    assert_int_equal(get(3, ID), 0x22u << 24);
    assert_true(sim_apic_msr_write(apics[3], BASE, SIM_APIC_BASE | ENABLE | X2APIC, 0));
    assert_int_equal(get(3, VERSION), NO_PAGE);
    assert_true(sim_apic_msr_write(apics[3], BASE, SIM_APIC_BASE, 0));
    assert_int_equal(get(3, VERSION), NO_PAGE);
    assert_false(sim_apic_enabled(apics[3]));
    send(0, 0xFF, 0x40E1);
    assert_int_equal(targets(), 0x6);
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
    assert_int_equal(get(3, VERSION), NO_PAGE);
}

#define XAPIC(test) cmocka_unit_test_setup_teardown(test, four, done)
#define IN_X2(test) cmocka_unit_test_setup_teardown(test, four_x2, done)

int main(void)
{
    const struct CMUnitTest tests[] = {
        XAPIC(modes_change_only_as_they_may),
        XAPIC(its_page_is_there_in_xapic_mode_only),
        XAPIC(xapic_mode_has_no_msrs),
        IN_X2(init_leaves_mode_and_id),
        IN_X2(x2apic_msrs_fault_as_they_must),
        IN_X2(x2apic_destinations),
        IN_X2(self_ipi),
        XAPIC(a_boot_processor_starts_others_across_modes),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

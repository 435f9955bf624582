/* SPDX-License-Identifier: MIT */
/*
 * reference.c: a counter of known frequency, to calibrate the others by: the
 * HPET, the ACPI power management timer, or the 8254's channel 2.
 */
#include "halp.h"

#define HALP_HPET_ADDRESS      44 /* in the HPET table: the generic address's address */
#define HALP_HPET_BYTES        0x400
#define HALP_HPET_CAPABILITIES 0x000
#define HALP_HPET_CONFIGURE    0x010
#define HALP_HPET_COUNTER      0x0F0
#define HALP_HPET_SLOWEST      100000000u /* femtoseconds; the specification's limit */

#define HALP_FADT_TIMER   76  /* in the FADT: port of the timer */
#define HALP_FADT_XTIMER  208 /* the same as a generic address: space, .., address at +4 */
#define HALP_FADT_FLAGS   112
#define HALP_FADT_32_BITS 0x100
#define HALP_TIMER_HZ     3579545ull

#define HALP_PIT_HZ       1193182ull
#define HALP_PIT_DATA     0x42
#define HALP_PIT_COMMAND  0x43
#define HALP_PIT_GATE     0x61
#define HALP_PIT_ONE_SHOT 0xB0 /* channel 2, both bytes, mode 0, binary */
#define HALP_PIT_LATCH    0x80

#define HALP_ALIVE_READS 1000000u

static HALP_REFERENCE HalpReference;
static volatile ULONG *HalpHpet;
static USHORT HalpTimerPort;

static ULONG64 HalpReadHpet(VOID)
{
    return HalpHpet[HALP_HPET_COUNTER / sizeof(ULONG)];
}

static ULONG64 HalpReadTimer(VOID)
{
    return HalpIn32(HalpTimerPort);
}

/* HalpReadPit: => ticks since the channel was loaded, modulo 65,536. */
static ULONG64 HalpReadPit(VOID)
{
    ULONG count;

    HalpOut8(HALP_PIT_COMMAND, HALP_PIT_LATCH);
    count = HalpIn8(HALP_PIT_DATA);
    count |= (ULONG)HalpIn8(HALP_PIT_DATA) << 8;
    return 0xFFFF - count;
}

/* HalpIsAlive: => TRUE: the reference counts. */
static BOOLEAN HalpIsAlive(VOID)
{
    const ULONG64 first = HalpReference.Read();

    for (ULONG i = 0; i < HALP_ALIVE_READS; i++) {
        if (HalpReference.Read() != first) {
            return TRUE;
        }
    }
    return FALSE;
}

static BOOLEAN HalpUseHpet(VOID)
{
    const HALP_ACPI_TABLE *table = HalpFindTable("HPET");
    ULONG64 address = table ? HalpTableField(table, HALP_HPET_ADDRESS, 8) : 0;
    ULONG period;

    if (table) {
        HalpReleaseTable(table);
    }
    HalpHpet = address ? HalpMapPhysical(address, HALP_HPET_BYTES,
                                         HAL_PAGE_READ | HAL_PAGE_WRITE | HAL_PAGE_UNCACHED)
                       : NULL;
    if (!HalpHpet) {
        return FALSE;
    }
    period = HalpHpet[HALP_HPET_CAPABILITIES / sizeof(ULONG) + 1];
    if (!period || period > HALP_HPET_SLOWEST) {
        return FALSE;
    }
    HalpHpet[HALP_HPET_CONFIGURE / sizeof(ULONG)] |= 1;
    /* The low half does: it wraps after half a minute at the soonest. */
    HalpReference = (HALP_REFERENCE){ HalpReadHpet, 1000000000000000ull / period, 0xFFFFFFFF };
    return HalpIsAlive();
}

static BOOLEAN HalpUseTimer(VOID)
{
    const HALP_ACPI_TABLE *table = HalpFindTable("FACP");
    ULONG64 mask;

    if (!table) {
        return FALSE;
    }
    HalpTimerPort = HalpTableField(table, HALP_FADT_TIMER, 4);
    if (!HalpTimerPort && HalpTableField(table, HALP_FADT_XTIMER, 1) == 1) {
        HalpTimerPort = HalpTableField(table, HALP_FADT_XTIMER + 4, 8);
    }
    mask = HalpTableField(table, HALP_FADT_FLAGS, 4) & HALP_FADT_32_BITS ? 0xFFFFFFFF : 0xFFFFFF;
    HalpReleaseTable(table);
    if (!HalpTimerPort) {
        return FALSE;
    }
    HalpReference = (HALP_REFERENCE){ HalpReadTimer, HALP_TIMER_HZ, mask };
    return HalpIsAlive();
}

static BOOLEAN HalpUsePit(VOID)
{
    /* Gate on, speaker off. */
    HalpOut8(HALP_PIT_GATE, (HalpIn8(HALP_PIT_GATE) & ~3) | 1);
    HalpOut8(HALP_PIT_COMMAND, HALP_PIT_ONE_SHOT);
    HalpOut8(HALP_PIT_DATA, 0xFF);
    HalpOut8(HALP_PIT_DATA, 0xFF);
    HalpReference = (HALP_REFERENCE){ HalpReadPit, HALP_PIT_HZ, 0xFFFF };
    return HalpIsAlive();
}

/* HalpFindReference: => the best one that counts; NULL: this machine has none. */
const HALP_REFERENCE *HalpFindReference(VOID)
{
    return HalpUseHpet() || HalpUseTimer() || HalpUsePit() ? &HalpReference : NULL;
}

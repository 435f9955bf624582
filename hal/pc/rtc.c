/* SPDX-License-Identifier: MIT */
/*
 * rtc.c: real time, from the MC146818 clock.
 *
 * It is read once, at start; from then on the time-stamp counter carries it.
 */
#include "halp.h"

#define HALP_RTC_INDEX    0x70
#define HALP_RTC_DATA     0x71
#define HALP_RTC_STATUS_A 0x0A
#define HALP_RTC_STATUS_B 0x0B
#define HALP_RTC_UPDATING 0x80 /* A */
#define HALP_RTC_BINARY   0x04 /* B */
#define HALP_RTC_24_HOURS 0x02 /* B */
#define HALP_RTC_PM       0x80 /* hours */
#define HALP_RTC_POLLS    100000u
#define HALP_RTC_TRIES    10
#define HALP_FADT_CENTURY 108

/* In the order of the numbers in HalpRtcRegisters. */
enum { HalpSecond, HalpMinute, HalpHour, HalpDay, HalpMonth, HalpYear, HalpRtcFields };
static const UCHAR HalpRtcRegisters[HalpRtcFields] = { 0, 2, 4, 7, 8, 9 };

static ULONG64 HalpRealTimeBase;    /* 100 ns since 1601 .. */
static ULONG64 HalpRealTimeCounter; /* .. when the counter was this */

static UCHAR HalpReadCmos(UCHAR Register)
{
    HalpOut8(HALP_RTC_INDEX, Register);
    return HalpIn8(HALP_RTC_DATA);
}

/* HalpReadRtcOnce: read the clock's registers, not during its update. */
static VOID HalpReadRtcOnce(UCHAR *Field)
{
    for (ULONG i = 0; i < HALP_RTC_POLLS; i++) {
        if (!(HalpReadCmos(HALP_RTC_STATUS_A) & HALP_RTC_UPDATING)) {
            break;
        }
    }
    for (ULONG i = 0; i < HalpRtcFields; i++) {
        Field[i] = HalpReadCmos(HalpRtcRegisters[i]);
    }
}

/* HalpReadRtcFields: read the registers until two readings are equal: no update came in between. */
static VOID HalpReadRtcFields(UCHAR *Field)
{
    BOOLEAN same = FALSE;

    HalpReadRtcOnce(Field);
    for (ULONG tries = 0; !same && tries < HALP_RTC_TRIES; tries++) {
        UCHAR again[HalpRtcFields];
        same = TRUE;
        HalpReadRtcOnce(again);
        for (ULONG i = 0; i < HalpRtcFields; i++) {
            same = same && Field[i] == again[i];
            Field[i] = again[i];
        }
    }
}

static ULONG HalpFromBcd(UCHAR Value)
{
    return (Value >> 4) * 10 + (Value & 0xF);
}

/* HalpReadCentury: => 19, 20, ..; 20 where the firmware names no register for it. */
static ULONG HalpReadCentury(BOOLEAN Binary)
{
    const HALP_ACPI_TABLE *table = HalpFindTable("FACP");
    ULONG century = 0;
    UCHAR index = 0;

    if (table) {
        index = (UCHAR)HalpTableField(table, HALP_FADT_CENTURY, 1);
        HalpReleaseTable(table);
    }
    if (index && index < 0x80) {
        UCHAR value = HalpReadCmos(index);
        century = Binary ? value : HalpFromBcd(value);
    }
    return century >= 19 && century <= 99 ? century : 20;
}

/* HalpDaysSince1601: => days from 1601-01-01 to a day of the Gregorian calendar; the month is 1-12.
 */
static ULONG64 HalpDaysSince1601(ULONG Year, ULONG Month, ULONG Day)
{
    static const USHORT before[12] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };
    const ULONG years = Year - 1601;
    const BOOLEAN leap = (Year % 4 == 0 && Year % 100 != 0) || Year % 400 == 0;

    return years * 365ull + years / 4 - years / 100 + years / 400 + before[Month - 1] +
           (leap && Month > 2) + Day - 1;
}

/* HalpDecodeHour: => 0-23. */
static ULONG HalpDecodeHour(UCHAR Hour, BOOLEAN Binary, BOOLEAN Is24Hours)
{
    const UCHAR digits = Is24Hours ? Hour : Hour & ~HALP_RTC_PM;
    const ULONG value = Binary ? digits : HalpFromBcd(digits);

    return Is24Hours ? value : value % 12 + (Hour & HALP_RTC_PM ? 12 : 0);
}

/* HalpReadRtc: set real time by the clock; a clock that makes no sense counts as 1601. */
VOID HalpReadRtc(VOID)
{
    UCHAR field[HalpRtcFields];
    ULONG value[HalpRtcFields];
    ULONG64 days;
    BOOLEAN binary;
    UCHAR status;

    HalpReadRtcFields(field);
    HalpRealTimeCounter = HalpReadTsc();
    status = HalpReadCmos(HALP_RTC_STATUS_B);
    binary = (status & HALP_RTC_BINARY) != 0;
    for (ULONG i = 0; i < HalpRtcFields; i++) {
        value[i] = binary ? field[i] : HalpFromBcd(field[i]);
    }
    value[HalpHour] = HalpDecodeHour(field[HalpHour], binary, (status & HALP_RTC_24_HOURS) != 0);
    if (value[HalpMonth] < 1 || value[HalpMonth] > 12 || value[HalpDay] < 1 ||
        value[HalpDay] > 31) {
        return;
    }
    days = HalpDaysSince1601(HalpReadCentury(binary) * 100 + value[HalpYear], value[HalpMonth],
                             value[HalpDay]);
    HalpRealTimeBase =
        (((days * 24 + value[HalpHour]) * 60 + value[HalpMinute]) * 60 + value[HalpSecond]) *
        10000000;
}

ULONG64 HALVERB HalQueryRealTime(VOID)
{
    const ULONG64 ticks = HalpReadTsc() - HalpRealTimeCounter;

    if (!HalpCounterFrequency) {
        return HalpRealTimeBase;
    }
    return HalpRealTimeBase + ticks / HalpCounterFrequency * 10000000 +
           ticks % HalpCounterFrequency * 10000000 / HalpCounterFrequency;
}

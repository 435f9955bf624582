/* SPDX-License-Identifier: MIT */
/*
 * device_rtc.c: the MC146818 clock and its memory.
 *
 * Every run begins on Thursday, 2026-01-01, 00:00:00; the clock cannot be set.
 * BCD, 24 hours, as firmware leaves it.
 * Reference: Motorola, "MC146818 Real-Time Clock plus RAM".
 */
#include "device_state.h"

#include <string.h>

enum {
    RTC_SECONDS = 0x00,
    RTC_MINUTES = 0x02,
    RTC_HOURS = 0x04,
    RTC_WEEKDAY = 0x06,
    RTC_DAY = 0x07,
    RTC_MONTH = 0x08,
    RTC_YEAR = 0x09,
    RTC_STATUS_A = 0x0A,
    RTC_STATUS_B = 0x0B,
    RTC_STATUS_C = 0x0C,
    RTC_STATUS_D = 0x0D,
};

#define FIRST_YEAR    2026u
#define FIRST_WEEKDAY 4u /* days behind Sunday */
#define DAY           86400u

#define STATUS_A_DIVIDER  0x26u /* 32,768 Hz; no update is ever in progress */
#define STATUS_B_24_HOURS 0x02u
#define STATUS_D_VALID    0x80u

struct date {
    unsigned year, month, day; /* 1-12, 1-31 */
};

static bool is_leap(unsigned year)
{
    return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static struct date date_of(uint64_t days)
{
    static const unsigned char lengths[12] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct date date = {FIRST_YEAR, 1, 1};

    while (days >= (is_leap(date.year) ? 366u : 365u)) {
        days -= is_leap(date.year) ? 366 : 365;
        date.year++;
    }
    for (;;) {
        unsigned length = lengths[date.month - 1] + (date.month == 2 && is_leap(date.year));

        if (days < length) {
            date.day += (unsigned)days;
            return date;
        }
        days -= length;
        date.month++;
    }
}

static uint8_t bcd(unsigned number)
{
    return (uint8_t)(number / 10 % 10 << 4 | number % 10);
}

void rtc_reset(struct rtc *rtc)
{
    memset(rtc, 0, sizeof(*rtc));
    rtc->bytes[RTC_STATUS_A] = STATUS_A_DIVIDER;
    rtc->bytes[RTC_STATUS_B] = STATUS_B_24_HOURS;
}

uint8_t rtc_read(const struct rtc *rtc, uint64_t now)
{
    uint64_t seconds = now / SIM_FREQUENCY;
    struct date date = date_of(seconds / DAY);

    switch (rtc->index) {
    case RTC_SECONDS:
        return bcd(seconds % 60);
    case RTC_MINUTES:
        return bcd(seconds / 60 % 60);
    case RTC_HOURS:
        return bcd(seconds / 3600 % 24);
    case RTC_WEEKDAY:
        return bcd((unsigned)((seconds / DAY + FIRST_WEEKDAY) % 7 + 1));
    case RTC_DAY:
        return bcd(date.day);
    case RTC_MONTH:
        return bcd(date.month);
    case RTC_YEAR:
        return bcd(date.year % 100);
    case SIM_RTC_CENTURY:
        return bcd(date.year / 100);
    case RTC_STATUS_C:
        return 0;
    case RTC_STATUS_D:
        return STATUS_D_VALID;
    default:
        return rtc->bytes[rtc->index];
    }
}

void rtc_write(struct rtc *rtc, uint8_t value)
{
    if (rtc->index != RTC_STATUS_A && rtc->index != RTC_STATUS_B) {
        rtc->bytes[rtc->index] = value;
    }
}

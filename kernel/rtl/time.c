/* SPDX-License-Identifier: MIT */
/*
 * time.c: system time and calendar dates.
 *
 * A system time counts 100 ns units since the beginning of 1601, the first
 * year of a 400-year cycle of the Gregorian calendar.  Dates are computed in
 * years that begin in March, so that the leap day is the last one.
 *
 * Any IRQL; nothing here is paged.
 */
#include "rtlp.h"

#define RTLP_TICKS_PER_MS     10000ll
#define RTLP_TICKS_PER_SECOND 10000000ll
#define RTLP_MS_PER_DAY       86400000ll
#define RTLP_DAYS_PER_CYCLE   146097ll /* 400 years */
#define RTLP_SECONDS_TO_1970  11644473600ll
#define RTLP_SECONDS_TO_1980  11960006400ll
#define RTLP_LAST_YEAR        30827

/* The days from 1 March 1600, which begins a cycle too, to 1 January 1601. */
#define RTLP_DAYS_FROM_MARCH_1600 306

static BOOLEAN RtlpIsLeapYear(LONG Year)
{
    return Year % 4 == 0 && (Year % 100 != 0 || Year % 400 == 0);
}

static LONG RtlpDaysOfMonth(LONG Year, LONG Month)
{
    static const UCHAR Days[12] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return Month == 2 && RtlpIsLeapYear(Year) ? 29 : Days[Month - 1];
}

/* RtlpDayNumber: the days from 1 January 1601 to a date. */
static LONGLONG RtlpDayNumber(LONG Year, LONG Month, LONG Day)
{
    LONGLONG Years = (Month <= 2 ? Year - 1 : Year) - 1600;
    LONGLONG Months = (Month + 9) % 12; /* since March */

    return Years * 365 + Years / 4 - Years / 100 + Years / 400 + (153 * Months + 2) / 5 +
           (Day - 1) - RTLP_DAYS_FROM_MARCH_1600;
}

/*
 * RtlTimeToTimeFields: split a time into date and time of day.
 * ["RtlTimeToTimeFields function (wdm.h)"]
 *
 * => Times before 1601 (negative ones) are no system times; they count as 0.
 */
VOID NTAPI RtlTimeToTimeFields(PLARGE_INTEGER Time, PTIME_FIELDS TimeFields)
{
    LONGLONG Ms = (Time->QuadPart < 0 ? 0 : Time->QuadPart) / RTLP_TICKS_PER_MS;
    LONGLONG Days = Ms / RTLP_MS_PER_DAY;
    LONGLONG Rest = Days + RTLP_DAYS_FROM_MARCH_1600;
    LONGLONG Cycle = Rest / RTLP_DAYS_PER_CYCLE, Year, Month;

    Rest %= RTLP_DAYS_PER_CYCLE;
    Year = (Rest - Rest / 1460 + Rest / 36524 - Rest / 146096) / 365;
    Rest -= Year * 365 + Year / 4 - Year / 100;
    Month = (5 * Rest + 2) / 153;
    TimeFields->Day = (CSHORT)(Rest - (153 * Month + 2) / 5 + 1);
    TimeFields->Month = (CSHORT)(Month < 10 ? Month + 3 : Month - 9);
    TimeFields->Year = (CSHORT)(1600 + Cycle * 400 + Year + (Month >= 10));
    TimeFields->Weekday = (CSHORT)((Days + 1) % 7); /* 1 January 1601 was a Monday */
    Ms %= RTLP_MS_PER_DAY;
    TimeFields->Hour = (CSHORT)(Ms / 3600000);
    TimeFields->Minute = (CSHORT)(Ms / 60000 % 60);
    TimeFields->Second = (CSHORT)(Ms / 1000 % 60);
    TimeFields->Milliseconds = (CSHORT)(Ms % 1000);
}

/*
 * RtlTimeFieldsToTime: the reverse; Weekday is ignored.
 * ["RtlTimeFieldsToTime function (wdm.h)"]
 *
 * => FALSE if a field is out of range; years are 1601 to 30827.
 */
BOOLEAN NTAPI RtlTimeFieldsToTime(PTIME_FIELDS TimeFields, PLARGE_INTEGER Time)
{
    LONGLONG Ms;

    if (TimeFields->Year < 1601 || TimeFields->Year > RTLP_LAST_YEAR || TimeFields->Month < 1 ||
        TimeFields->Month > 12 || TimeFields->Day < 1 ||
        TimeFields->Day > RtlpDaysOfMonth(TimeFields->Year, TimeFields->Month) ||
        TimeFields->Hour < 0 || TimeFields->Hour > 23 || TimeFields->Minute < 0 ||
        TimeFields->Minute > 59 || TimeFields->Second < 0 || TimeFields->Second > 59 ||
        TimeFields->Milliseconds < 0 || TimeFields->Milliseconds > 999)
        return FALSE;
    Ms = RtlpDayNumber(TimeFields->Year, TimeFields->Month, TimeFields->Day) * RTLP_MS_PER_DAY +
         TimeFields->Hour * 3600000ll + TimeFields->Minute * 60000ll + TimeFields->Second * 1000ll +
         TimeFields->Milliseconds;
    Time->QuadPart = Ms * RTLP_TICKS_PER_MS;
    return TRUE;
}

static BOOLEAN RtlpTimeToSeconds(PLARGE_INTEGER Time, LONGLONG Epoch, PULONG Seconds)
{
    LONGLONG Elapsed = Time->QuadPart / RTLP_TICKS_PER_SECOND - Epoch;

    if (Elapsed < 0 || Elapsed > MAXULONG)
        return FALSE;
    *Seconds = (ULONG)Elapsed;
    return TRUE;
}

/*
 * RtlTimeToSecondsSince1970: ["RtlTimeToSecondsSince1970 function (ntifs.h)"]
 *
 * => FALSE if the seconds do not fit (1970 to 2106).
 */
BOOLEAN NTAPI RtlTimeToSecondsSince1970(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return RtlpTimeToSeconds(Time, RTLP_SECONDS_TO_1970, ElapsedSeconds);
}

/*
 * RtlTimeToSecondsSince1980: ["RtlTimeToSecondsSince1980 function (ntifs.h)"]
 *
 * => FALSE if the seconds do not fit (1980 to 2116).
 */
BOOLEAN NTAPI RtlTimeToSecondsSince1980(PLARGE_INTEGER Time, PULONG ElapsedSeconds)
{
    return RtlpTimeToSeconds(Time, RTLP_SECONDS_TO_1980, ElapsedSeconds);
}

/* RtlSecondsSince1970ToTime: ["RtlSecondsSince1970ToTime function (ntifs.h)"] */
VOID NTAPI RtlSecondsSince1970ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (RTLP_SECONDS_TO_1970 + ElapsedSeconds) * RTLP_TICKS_PER_SECOND;
}

/* RtlSecondsSince1980ToTime: ["RtlSecondsSince1980ToTime function (ntifs.h)"] */
VOID NTAPI RtlSecondsSince1980ToTime(ULONG ElapsedSeconds, PLARGE_INTEGER Time)
{
    Time->QuadPart = (RTLP_SECONDS_TO_1980 + ElapsedSeconds) * RTLP_TICKS_PER_SECOND;
}

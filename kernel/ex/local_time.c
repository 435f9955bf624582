/* SPDX-License-Identifier: MIT */
/*
 * local_time.c: local time, which is UTC here, as KUSER_SHARED_DATA's bias of 0 says.
 *
 * References: "ExSystemTimeToLocalTime function (wdm.h)", "ExLocalTimeToSystemTime function
 * (wdm.h)".
 */
#include "exp.h"

/* ExSystemTimeToLocalTime: subtract the time zone's bias.  Any IRQL. */
VOID NTAPI ExSystemTimeToLocalTime(PLARGE_INTEGER SystemTime, PLARGE_INTEGER LocalTime)
{
    *LocalTime = *SystemTime;
}

/* ExLocalTimeToSystemTime: add it.  Any IRQL. */
VOID NTAPI ExLocalTimeToSystemTime(PLARGE_INTEGER LocalTime, PLARGE_INTEGER SystemTime)
{
    *SystemTime = *LocalTime;
}

/* SPDX-License-Identifier: MIT */
/* survey.h: what the driver of survey_driver.h and its client agree on. */
#pragma once

#define SURVEY_NAME L"\\Device\\Survey"
#define SURVEY_LINK L"\\DosDevices\\Survey"

#define SURVEY_CODE(Number, Method) \
    CTL_CODE(FILE_DEVICE_UNKNOWN, 0x900 + (Number), (Method), FILE_ANY_ACCESS)

#define SURVEY_CALL     SURVEY_CODE(0, METHOD_BUFFERED)   /* => SURVEY_REPLY, of KeIpiGenericCall */
#define SURVEY_VISIT    SURVEY_CODE(1, METHOD_BUFFERED)   /* of a loop over all processors */
#define SURVEY_DPC      SURVEY_CODE(2, METHOD_BUFFERED)   /* of KeGenericCallDpc */
#define SURVEY_THREAD   SURVEY_CODE(3, METHOD_BUFFERED)   /* SURVEY_CALL, by a system thread */
#define SURVEY_FAULT    SURVEY_CODE(4, METHOD_BUFFERED)   /* a fault in the routine, handled */
#define SURVEY_REMAP    SURVEY_CODE(5, METHOD_OUT_DIRECT) /* input XOR 0xFF, through mappings */

typedef struct _SURVEY_REPLY {
    ULONG Processors; /* that have answered, each in its place */
    ULONG Leaders;    /* SURVEY_DPC: to whom KeSignalCallDpcSynchronize was TRUE */
    ULONG64 Sum;      /* of what they have answered: index + 1 */
} SURVEY_REPLY;

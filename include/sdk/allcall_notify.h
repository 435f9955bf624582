/* SPDX-License-Identifier: MIT */
/*
 * allcall_notify.h: registrations of notify routines that are newer than mingw-w64's headers.
 *
 * Reference: Microsoft, "PsSetCreateThreadNotifyRoutineEx function (ntddk.h)",
 * "PsSetCreateProcessNotifyRoutineEx2 function (ntddk.h)".
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

typedef enum _PSCREATETHREADNOTIFYTYPE {
    PsCreateThreadNotifyNonSystem = 0,
    PsCreateThreadNotifySubsystems = 1
} PSCREATETHREADNOTIFYTYPE;

typedef enum _PSCREATEPROCESSNOTIFYTYPE {
    PsCreateProcessNotifySubsystems = 0
} PSCREATEPROCESSNOTIFYTYPE;

_IRQL_requires_max_(PASSIVE_LEVEL)
NTKERNELAPI NTSTATUS NTAPI PsSetCreateThreadNotifyRoutineEx(
    _In_ PSCREATETHREADNOTIFYTYPE NotifyType, _In_ PVOID NotifyInformation);

_IRQL_requires_max_(PASSIVE_LEVEL)
NTKERNELAPI NTSTATUS NTAPI PsSetCreateProcessNotifyRoutineEx2(
    _In_ PSCREATEPROCESSNOTIFYTYPE NotifyType, _In_ PVOID NotifyInformation, _In_ BOOLEAN Remove);

#ifdef __cplusplus
}
#endif

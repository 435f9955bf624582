/* SPDX-License-Identifier: MIT */
/*
 * allcall_interrupt.h: interrupt routines that mingw-w64's headers lack, or hide on x64.
 *
 * Reference: Microsoft, "HalGetInterruptVector function (ntddk.h)", "IoReportInterruptActive function
 * (wdm.h)", "IoReportInterruptInactive function (wdm.h)".
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#ifndef CONNECT_MESSAGE_BASED_PASSIVE
#define CONNECT_MESSAGE_BASED_PASSIVE 0x5

typedef struct _IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS {
    ULONG Version;
    union {
        PVOID Generic;
        PKINTERRUPT InterruptObject;
        PIO_INTERRUPT_MESSAGE_INFO InterruptMessageTable;
    } ConnectionContext;
} IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS, *PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS;

_IRQL_requires_max_(DISPATCH_LEVEL)
NTKERNELAPI VOID NTAPI
IoReportInterruptActive(_In_ PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS Parameters);

_IRQL_requires_max_(DISPATCH_LEVEL)
NTKERNELAPI VOID NTAPI
IoReportInterruptInactive(_In_ PIO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS Parameters);
#endif

/* <ntddk.h> hides it on x64, where Plug and Play drivers have no use for it; here it says the lines. */
NTHALAPI ULONG NTAPI HalGetInterruptVector(_In_ INTERFACE_TYPE InterfaceType, _In_ ULONG BusNumber,
                                           _In_ ULONG BusInterruptLevel,
                                           _In_ ULONG BusInterruptVector, _Out_ PKIRQL Irql,
                                           _Out_ PKAFFINITY Affinity);

#ifdef __cplusplus
}
#endif

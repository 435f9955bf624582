/* SPDX-License-Identifier: MIT */
/*
 * ki_interrupt.h: interrupt objects, between the kernel and the I/O manager.
 */
#pragma once

#include "ki.h"

#define KI_HIGHEST_DIRQL 12

/* Drivers know the pointer only. */
typedef struct _KINTERRUPT {
    PKINTERRUPT Next; /* of the same vector */
    PKSERVICE_ROUTINE ServiceRoutine;
    PVOID ServiceContext;
    PKSPIN_LOCK ActualLock; /* OwnLock, or one that the driver has given */
    KSPIN_LOCK OwnLock;
    GROUP_AFFINITY Affinity;
    ULONG Vector;
    KIRQL SynchronizeIrql;
    KINTERRUPT_MODE Mode;
    BOOLEAN ShareVector;
    BOOLEAN Inactive; /* IoReportInterruptInactive */
} KINTERRUPT;

/*
 * KiConnectInterrupt: let a filled object's routine serve its vector.
 *
 * => STATUS_INVALID_PARAMETER: no such vector, no processor of Affinity that its line can reach, or
 *    another object is connected to the vector which does not go together with this one.
 * => IRQL <= DISPATCH_LEVEL.
 */
NTSTATUS KiConnectInterrupt(PKINTERRUPT Interrupt);

/*
 * KiDisconnectInterrupt: undo that; the routine does not run any more when this returns.
 *
 * => FALSE: it is not connected.
 * => IRQL <= DISPATCH_LEVEL, not in the routine itself.
 */
BOOLEAN KiDisconnectInterrupt(PKINTERRUPT Interrupt);

/* KiSetInterruptActive: open or close an object's line; one that no active object needs is masked. */
VOID KiSetInterruptActive(PKINTERRUPT Interrupt, BOOLEAN Active);

/* KiFindInterruptIn: => a connected object whose routine lies there, or NULL. */
PKINTERRUPT KiFindInterruptIn(PVOID Base, SIZE_T Size);

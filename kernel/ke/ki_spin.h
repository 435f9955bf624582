/* SPDX-License-Identifier: MIT */
/*
 * ki_spin.h: one turn of a wait for something that a driver holds.
 *
 * The holder of a driver's lock may call KeIpiGenericCall, and the call needs
 * every processor, the waiting one included.  Where the interrupt cannot come
 * (interrupts off, or IPI_LEVEL and above), the waiter therefore serves the
 * call by polling, or the two would wait for each other for ever (B6 of the
 * contract).
 */
#pragma once

#include "ki.h"

/* What no lock word holds: wait a turn, but do not sleep. */
#define KI_NEVER_SEEN (~(ULONG64)0)

/* KiWaitTurn: wait for *Word to differ from Seen, or some other reason to look again.  Any IRQL. */
static inline VOID KiWaitTurn(const volatile VOID *Word, ULONG64 Seen)
{
    KiPollCalls();
    HalWait(Word, Seen);
}

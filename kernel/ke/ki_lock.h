/* SPDX-License-Identifier: MIT */
/*
 * ki_lock.h: the lock of the kernel's own data, for code that runs at any IRQL
 * up to HIGH_LEVEL, also inside a call's routine.
 *
 * It is held with interrupts off only, for a bounded number of instructions,
 * and never across a wait or a call out of the kernel.  So whoever meets it
 * held knows that the holder is another processor that runs: nothing that the
 * waiter holds up, a call included, can hold up the holder.  That is why a
 * waiter need not serve calls, as a waiter for a driver's lock must
 * (spinlock.c); it gets its interrupts back between two attempts nevertheless.
 * NMI handlers must not take it.
 */
#pragma once

#include "hal.h"
#include "ki_atomic.h"

/*
 * KiLockWord: acquire, with interrupts off.
 *
 * => Any IRQL.  Not recursive.
 * => Returns whether interrupts were enabled, for KiUnlockWord.
 */
static inline BOOLEAN KiLockWord(ULONG64 *Lock)
{
    BOOLEAN Enabled = HalDisableInterrupts();

    /* Partner: KiUnlockWord's release. */
    while (KiExchange(Lock, 1) != 0) {
        HalRestoreInterrupts(Enabled);
        while (KiLoadRelaxed(Lock) != 0) {
            HalWait(Lock, 1);
        }
        HalDisableInterrupts();
    }
    return Enabled;
}

/* KiUnlockWord: release, and give interrupts back. */
static inline VOID KiUnlockWord(ULONG64 *Lock, BOOLEAN Enabled)
{
    KiStoreRelease(Lock, 0); /* partner: KiLockWord's exchange */
    HalRestoreInterrupts(Enabled);
}

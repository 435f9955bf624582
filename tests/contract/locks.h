/* SPDX-License-Identifier: MIT */
/*
 * locks.h: every kind of spin lock behind one interface, and the declarations that mingw-w64
 * lacks.
 */
#pragma once

#include "contract.h"

typedef LONG EX_SPIN_LOCK, *PEX_SPIN_LOCK;

NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockShared(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockShared(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
NTKERNELAPI VOID NTAPI ExAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockSharedFromDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI LOGICAL NTAPI ExTryAcquireSpinLockSharedAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI KIRQL NTAPI ExAcquireSpinLockExclusive(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusive(PEX_SPIN_LOCK SpinLock, KIRQL OldIrql);
NTKERNELAPI VOID NTAPI ExAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI ExReleaseSpinLockExclusiveFromDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI LOGICAL NTAPI ExTryAcquireSpinLockExclusiveAtDpcLevel(PEX_SPIN_LOCK SpinLock);
NTKERNELAPI LOGICAL NTAPI ExTryConvertSharedSpinLockExclusive(PEX_SPIN_LOCK SpinLock);

typedef enum _CONTRACT_LOCK_KIND {
    LockPlain, /* raises */
    LockForDpc,
    LockInStack,
    LockInStackForDpc,
    LockShared,
    LockExclusive,
    LockRaising, /* how many raise; those that follow leave the IRQL alone */
    LockAtDpc = LockRaising,
    LockTryAtDpc,
    LockInStackAtDpc,
    LockSharedAtDpc,
    LockExclusiveAtDpc,
    LockTrySharedAtDpc,
    LockTryExclusiveAtDpc,
    LockKinds,
} CONTRACT_LOCK_KIND;

/* A lock of every kind; which of the two is used depends on the kind. */
typedef struct _CONTRACT_LOCK {
    KSPIN_LOCK Spin;
    EX_SPIN_LOCK ReaderWriter;
} CONTRACT_LOCK;

typedef struct _CONTRACT_HELD {
    KLOCK_QUEUE_HANDLE Handle;
    KIRQL Old;
} CONTRACT_HELD;

static inline VOID ContractAcquire(CONTRACT_LOCK *Lock, CONTRACT_LOCK_KIND Kind,
                                   CONTRACT_HELD *Held)
{
    switch (Kind) {
    case LockPlain:
        KeAcquireSpinLock(&Lock->Spin, &Held->Old);
        break;
    case LockForDpc:
        Held->Old = KeAcquireSpinLockForDpc(&Lock->Spin);
        break;
    case LockInStack:
        KeAcquireInStackQueuedSpinLock(&Lock->Spin, &Held->Handle);
        break;
    case LockInStackForDpc:
        KeAcquireInStackQueuedSpinLockForDpc(&Lock->Spin, &Held->Handle);
        break;
    case LockShared:
        Held->Old = ExAcquireSpinLockShared(&Lock->ReaderWriter);
        break;
    case LockExclusive:
        Held->Old = ExAcquireSpinLockExclusive(&Lock->ReaderWriter);
        break;
    case LockAtDpc:
        KeAcquireSpinLockAtDpcLevel(&Lock->Spin);
        break;
    case LockTryAtDpc:
        while (!KeTryToAcquireSpinLockAtDpcLevel(&Lock->Spin)) {
            YieldProcessor();
        }
        break;
    case LockInStackAtDpc:
        KeAcquireInStackQueuedSpinLockAtDpcLevel(&Lock->Spin, &Held->Handle);
        break;
    case LockSharedAtDpc:
        ExAcquireSpinLockSharedAtDpcLevel(&Lock->ReaderWriter);
        break;
    case LockExclusiveAtDpc:
        ExAcquireSpinLockExclusiveAtDpcLevel(&Lock->ReaderWriter);
        break;
    case LockTrySharedAtDpc:
        while (!ExTryAcquireSpinLockSharedAtDpcLevel(&Lock->ReaderWriter)) {
            YieldProcessor();
        }
        break;
    case LockTryExclusiveAtDpc:
        while (!ExTryAcquireSpinLockExclusiveAtDpcLevel(&Lock->ReaderWriter)) {
            YieldProcessor();
        }
        break;
    case LockKinds:
        break;
    }
}

static inline VOID ContractRelease(CONTRACT_LOCK *Lock, CONTRACT_LOCK_KIND Kind,
                                   CONTRACT_HELD *Held)
{
    switch (Kind) {
    case LockPlain:
        KeReleaseSpinLock(&Lock->Spin, Held->Old);
        break;
    case LockForDpc:
        KeReleaseSpinLockForDpc(&Lock->Spin, Held->Old);
        break;
    case LockInStack:
        KeReleaseInStackQueuedSpinLock(&Held->Handle);
        break;
    case LockInStackForDpc:
        KeReleaseInStackQueuedSpinLockForDpc(&Held->Handle);
        break;
    case LockShared:
        ExReleaseSpinLockShared(&Lock->ReaderWriter, Held->Old);
        break;
    case LockExclusive:
        ExReleaseSpinLockExclusive(&Lock->ReaderWriter, Held->Old);
        break;
    case LockAtDpc:
    case LockTryAtDpc:
        KeReleaseSpinLockFromDpcLevel(&Lock->Spin);
        break;
    case LockInStackAtDpc:
        KeReleaseInStackQueuedSpinLockFromDpcLevel(&Held->Handle);
        break;
    case LockSharedAtDpc:
    case LockTrySharedAtDpc:
        ExReleaseSpinLockSharedFromDpcLevel(&Lock->ReaderWriter);
        break;
    case LockExclusiveAtDpc:
    case LockTryExclusiveAtDpc:
        ExReleaseSpinLockExclusiveFromDpcLevel(&Lock->ReaderWriter);
        break;
    case LockKinds:
        break;
    }
}

static inline BOOLEAN ContractIsShared(CONTRACT_LOCK_KIND Kind)
{
    return Kind == LockShared || Kind == LockSharedAtDpc || Kind == LockTrySharedAtDpc;
}

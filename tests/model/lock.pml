/* SPDX-License-Identifier: MIT */
/*
 * lock.pml: a driver's spin lock under calls.  The threads of processors 0 and 1 take the lock, with
 * interrupts on or off, and may call while they hold it.  With -DDEVICE processor 0 is interrupted,
 * in particular as the holder, by a device whose service routine calls.  A third processor's thread
 * calls without the lock.  With -DCALLERS=2 the thread of processor 0 only locks.
 */
#include "rules.pml"
#include "machine.pml"
#include "promises.pml"
#define MayMigrate(cpu) skip
#define OnInterrupt(me) NoteHolder(me)
byte Holder;                            /* 1 + the processor that holds the lock */
bit Waiting[N];                         /* it waits for the lock */
inline NoteHolder(me)
{
    if
    :: Holder == me + 1 && (Waiting[0] || Waiting[1]) -> Witness(HOLDER_INTERRUPTED)
    :: else
    fi
}
#include "ipi.pml"

/* KeAcquireSpinLock: raise to DISPATCH_LEVEL and wait; with interrupts off, poll for calls. */
inline KeAcquireSpinLock(cpu, before, call)
{
    atomic { Irql[cpu] = DISPATCH_LEVEL; Waiting[cpu] = true };
    do
    :: atomic {
            Fenced(cpu) && Memory[DriverLock] == 0 ->
            Memory[DriverLock] = 1;
            assert(Holder == 0);
            Holder = cpu + 1;
            Waiting[cpu] = false
        };
        break
    :: atomic { POLL_IN_LOCK && MayPollCalls(cpu) -> Witness(POLLED_IN_LOCK) };
        KiPollCalls(cpu, before, call)
    od
}

inline KeReleaseSpinLock(cpu)
{
    atomic { Holder = 0; Store(cpu, DriverLock, 0, RELEASE) };
    Irql[cpu] = PASSIVE_LEVEL
}

/* Thread: lock, or not; call, or (if it has the lock) not. */
proctype Thread(byte cpu; bool locks; bool calls) provided (Mode[cpu] == IN_THREAD)
{
    CALLER_LOCALS;
    byte before;
    if
    :: locks -> InterruptsOff[cpu] = true
    :: true
    fi;
    if
    :: locks -> KeAcquireSpinLock(cpu, before, call)
    :: else
    fi;
    if
    :: calls -> KeIpiGenericCall(cpu)
    :: locks
    fi;
    if
    :: locks -> KeReleaseSpinLock(cpu)
    :: else
    fi;
    InterruptsOff[cpu] = false
}

proctype DeviceInterrupt(byte cpu) provided (Mode[cpu] != IN_IPI)
{
    CALLER_LOCALS;
    byte interrupted;
    atomic {
        MayInterrupt(cpu, DEVICE_LEVEL) ->
        interrupted = Irql[cpu];
        Irql[cpu] = DEVICE_LEVEL;
        Mode[cpu] = IN_DEVICE
    };
    KeIpiGenericCall(cpu);
    atomic { Irql[cpu] = interrupted; Mode[cpu] = IN_THREAD }
}

#ifndef CALLERS
#define CALLERS 3
#endif

init
{
    atomic {
        byte p;
        for (p : 0 .. N - 1) { run KiIpiInterrupt(p) }
        run Thread(0, true, CALLERS > 2);
        run Thread(1, true, true);
#if N > 2
        run Thread(2, false, true);
#endif
#ifdef DEVICE
        run DeviceInterrupt(0)
#endif
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * device.pml: an interrupt service routine calls while the thread that it has interrupted calls, is
 * about to, or has just done so; another processor calls too.  The device interrupts processor 0
 * once, at any moment at which its level is not masked.
 */
#include "rules.pml"
#include "machine.pml"
#include "promises.pml"
#define MayMigrate(cpu) skip
#define OnInterrupt(me) skip
#include "ipi.pml"

bit ThreadIsCalling;                    /* processor 0's thread is in its call, or just before */

proctype Thread(byte cpu; byte calls) provided (Mode[cpu] == IN_THREAD)
{
    CALLER_LOCALS;
    do
    :: atomic { calls > 0 -> calls--; ThreadIsCalling = (cpu == 0 -> true : ThreadIsCalling) };
        KeIpiGenericCall(cpu);
        ThreadIsCalling = (cpu == 0 -> false : ThreadIsCalling)
    :: else -> break
    od
}

proctype DeviceInterrupt(byte cpu) provided (Mode[cpu] != IN_IPI)
{
    CALLER_LOCALS;
    byte interrupted;
    atomic {
        MayInterrupt(cpu, DEVICE_LEVEL) ->
        interrupted = Irql[cpu];
        Irql[cpu] = DEVICE_LEVEL;
        Mode[cpu] = IN_DEVICE;
        if
        :: ThreadIsCalling -> Witness(DEVICE_CALLS_FIRST)
        :: else
        fi
    };
    KeIpiGenericCall(cpu);
    atomic { Irql[cpu] = interrupted; Mode[cpu] = IN_THREAD }
}

#ifndef CALLS
#define CALLS 1
#endif

init
{
    atomic {
        byte p;
        for (p : 0 .. N - 1) { run KiIpiInterrupt(p) }
        run Thread(0, CALLS);
        run DeviceInterrupt(0);
#if N > 1
        run Thread(1, CALLS)
#endif
    }
}

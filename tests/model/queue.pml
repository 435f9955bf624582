/* SPDX-License-Identifier: MIT */
/*
 * queue.pml: two threads on two processors call at the same time, each CALLS times; the other
 * processors stand by.
 */
#include "rules.pml"
#include "machine.pml"
#include "promises.pml"
#define MayMigrate(cpu) skip
#define OnInterrupt(me) skip
#include "ipi.pml"

#ifndef CALLS
#define CALLS 1
#endif

proctype Thread(byte cpu) provided (Mode[cpu] == IN_THREAD)
{
    CALLER_LOCALS;
    byte calls;
    do
    :: calls < CALLS -> KeIpiGenericCall(cpu); calls++
    :: else -> break
    od
}

init
{
    atomic {
        byte p;
        for (p : 0 .. N - 1) { run KiIpiInterrupt(p) }
        run Thread(0);
#if N > 1
        run Thread(1)
#endif
    }
}

/* SPDX-License-Identifier: MIT */
/*
 * migrate.pml: the scheduler moves a thread to another processor just before, or between, its two
 * calls; a second one calls from where it stays.
 */
#include "rules.pml"
#include "machine.pml"
#include "promises.pml"
#define OnInterrupt(me) skip
#include "ipi.pml"

/* MayMigrate: a thread of processor 0 below DISPATCH_LEVEL may go on on the last one. */
inline MayMigrate(cpu)
{
    if
    :: atomic {
            cpu == 0 && Mode[N - 1] == IN_THREAD && Irql[N - 1] == PASSIVE_LEVEL ->
            Witness(MIGRATED);
            cpu = N - 1
        }
    :: true
    fi
}

proctype Thread(byte cpu; byte calls) provided (Mode[cpu] == IN_THREAD)
{
    CALLER_LOCALS;
    do
    :: atomic { calls > 0 -> calls-- };
        KeIpiGenericCall(cpu)
    :: else -> break
    od
}

init
{
    atomic {
        byte p;
        for (p : 0 .. N - 1) { run KiIpiInterrupt(p) }
        run Thread(0, 2);
#if N > 2
        run Thread(1, 1)
#endif
    }
}

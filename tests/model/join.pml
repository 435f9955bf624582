/* SPDX-License-Identifier: MIT */
/*
 * join.pml: the last processor is started at run time while others call; it joins the calls, then
 * calls itself.  Before that it takes interrupts, but no call may send it one: with
 * -DSEND_TO_TARGETS_ONLY=0 a broadcast has done so.
 */
#define JOIN
#include "rules.pml"
#include "machine.pml"
#include "promises.pml"
#define MayMigrate(cpu) skip
#define OnInterrupt(me) NoteTarget(me)
inline NoteTarget(me)
{
    if
    :: me == N - 1 && CallIsPending(me) -> Witness(JOINED_IS_TARGET)
    :: else
    fi
}
#include "ipi.pml"

proctype Thread(byte cpu) provided (Mode[cpu] == IN_THREAD)
{
    CALLER_LOCALS;
    if
    :: cpu == N - 1 -> KiJoinCalls(cpu)
    :: else
    fi;
    KeIpiGenericCall(cpu)
}

init
{
    atomic {
        byte p;
        Memory[ActiveSet] = (1 << (N - 1)) - 1;
        Memory[ActiveCount] = N - 1;
        IpiPending[N - 1] = !SEND_TO_TARGETS_ONLY;
        for (p : 0 .. N - 1) { run KiIpiInterrupt(p) }
        run Thread(0);
#if N > 2
        run Thread(1);
#endif
        run Thread(N - 1)
    }
}

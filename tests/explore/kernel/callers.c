/* SPDX-License-Identifier: MIT */
/*
 * callers.c: every processor calls, all at the same time, at DISPATCH_LEVEL and above it: each call
 * runs once everywhere with its own routine and Context, nobody early, and is over when it returns.
 */
#include "../../contract/contract.h"

#define ROUNDS  2
#define MAXIMUM 64
#define MAGIC   0x6C6C6163u

/* On the caller's stack. */
typedef struct _CALL {
    ULONG Magic; /* while the call lasts */
    ULONG Odd;   /* which of the two routines */
    ULONG Slow;  /* the processor on which the routine takes longer */
    LONG Together; /* how many must be inside at the same time */
    volatile LONG Runs;
    volatile LONG Left; /* how many have finished: they may be anywhere again (C9) */
    volatile LONG Ran[MAXIMUM]; /* a processor's own */
} CALL;

static CONTRACT_WORK Works[MAXIMUM];
static volatile LONG Away[MAXIMUM]; /* it is at HIGH_LEVEL, so it cannot stand at a barrier */

static ULONG_PTR TakePart(CALL *Call, ULONG Odd)
{
    ULONG Self = ContractIndex();
    ULONG Count = ContractProcessors();

    CHECK_EQUAL(Call->Magic, MAGIC);
    CHECK_EQUAL(Call->Odd, Odd);
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK(!Away[Index] || Call->Left != 0);
    }
    Call->Ran[Self]++;
    if (Self == Call->Slow) {
        KeStallExecutionProcessor(100);
    }
    InterlockedIncrement(&Call->Runs);
    while (Call->Runs < Call->Together) {
        YieldProcessor();
    }
    InterlockedIncrement(&Call->Left);
    return (ULONG_PTR)Call ^ Self;
}

static ULONG_PTR NTAPI Even(ULONG_PTR Context)
{
    return TakePart((CALL *)Context, 0);
}

static ULONG_PTR NTAPI Odd(ULONG_PTR Context)
{
    return TakePart((CALL *)Context, 1);
}

/* GoAway: no call can begin its routines meanwhile. */
static VOID GoAway(ULONG Self)
{
    KIRQL Old;

    KeRaiseIrql(HIGH_LEVEL, &Old);
    InterlockedExchange(&Away[Self], 1);
    InterlockedExchange(&Away[Self], 0);
    KeLowerIrql(Old);
}

static VOID CallOnce(ULONG Self, ULONG Round)
{
    ULONG Count = ContractProcessors();
    CALL Call = { .Magic = MAGIC, .Odd = (Self + Round) & 1 };

    Call.Slow = Round == 0 ? (Self + 2) % Count : MAXIMUM;
    Call.Together = Round != 0 ? (LONG)Count : 0;
    CHECK_EQUAL(KeIpiGenericCall(Call.Odd ? Odd : Even, (ULONG_PTR)&Call), (ULONG_PTR)&Call ^ Self);
    CHECK_EQUAL(Call.Runs, Count);
    CHECK_EQUAL(Call.Left, Count);
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(Call.Ran[Index], 1);
    }
    *(volatile ULONG *)&Call.Magic = 0;
    CHECK((__readeflags() & 0x200) != 0);
}

static VOID CallMany(PVOID Context)
{
    ULONG Self = ContractIndex();
    KIRQL Old, Irql;

    UNREFERENCED_PARAMETER(Context);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        Irql = Round != 0 && Self % 2 != 0 ? DISPATCH_LEVEL + 8 : DISPATCH_LEVEL;
        GoAway(Self);
        KeRaiseIrql(Irql, &Old);
        CallOnce(Self, Round);
        CHECK_EQUAL(KeGetCurrentIrql(), Irql);
        KeLowerIrql(Old);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ContractRunOnAll(Works, CallMany, NULL);
    return CONTRACT_RESULT();
}

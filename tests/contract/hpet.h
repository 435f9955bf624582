/* SPDX-License-Identifier: MIT */
/*
 * hpet.h: a device for test drivers: the comparators of the machine's high precision event timer, which
 * the kernel leaves alone.  A comparator interrupts once when the counter reaches it, at an edge or at a
 * level, by a line of the I/O APIC that is chosen from a few.
 *
 * Reference: Intel, "IA-PC HPET Specification", 2.3; Microsoft, "Registering an ISR".
 */
#pragma once

#include "contract.h"

#define HPET_TIMERS     3
#define HPET_STATUS     (0x020 / 4)
#define HPET_COUNTER    (0x0F0 / 4)
#define HPET_CONFIG(T)  ((0x100 + 0x20 * (T)) / 4)
#define HPET_ROUTES(T)  (HPET_CONFIG(T) + 1)
#define HPET_COMPARE(T) (HPET_CONFIG(T) + 2)
#define HPET_LEVEL      0x02u
#define HPET_ENABLE     0x04u
#define HPET_ROUTE      9

static volatile ULONG *ContractHpet;

/* A comparator, its line, and the interrupt object that serves it. */
typedef struct _CONTRACT_TIMER {
    ULONG Number;
    ULONG Line;
    KINTERRUPT_MODE Mode;
    ULONG Vector;
    KIRQL Irql;
    KIRQL SynchronizeIrql; /* 0 = Irql */
    PKSPIN_LOCK Lock;      /* NULL = the object's own */
    PKINTERRUPT Interrupt;
    volatile LONG Armed; /* and has not been claimed since */
} CONTRACT_TIMER;

static inline BOOLEAN ContractMapHpet(VOID)
{
    PHYSICAL_ADDRESS Address = {.QuadPart = 0xFED00000};

    ContractHpet = MmMapIoSpace(Address, 0x400, MmNonCached);
    return ContractHpet != NULL;
}

/* The count; its halves do not change together. */
static inline ULONG64 ContractHpetCount(VOID)
{
    ULONG High, Low;

    do {
        High = ContractHpet[HPET_COUNTER + 1];
        Low = ContractHpet[HPET_COUNTER];
    } while (High != ContractHpet[HPET_COUNTER + 1]);
    return (ULONG64)High << 32 | Low;
}

/* The comparator's Nth line from above that the kernel has a vector for. */
static inline VOID ContractChooseLine(CONTRACT_TIMER *Timer, ULONG Number, ULONG Nth)
{
    ULONG Routes = ContractHpet[HPET_ROUTES(Number)];
    KAFFINITY Affinity;

    Timer->Number = Number;
    Timer->Line = 32;
    for (ULONG Skip = 0; Skip <= Nth && Timer->Line != 0; Skip++) {
        do {
            Timer->Line--;
        } while (Timer->Line != 0 && (Routes >> Timer->Line & 1) == 0);
    }
    Timer->Vector = HalGetInterruptVector(Internal, 0, Timer->Line, 0, &Timer->Irql, &Affinity);
    CHECK(Timer->Line != 0 && Timer->Vector != 0);
    CHECK_EQUAL(Timer->Irql, Timer->Vector >> 4);
}

/* Let the comparator interrupt by its line; some do at once when a count has passed that they were set to. */
static inline VOID ContractRoute(CONTRACT_TIMER *Timer, KINTERRUPT_MODE Mode)
{
    Timer->Mode = Mode;
    ContractHpet[HPET_COMPARE(Timer->Number) + 1] = 0x7FFFFFFF;
    ContractHpet[HPET_CONFIG(Timer->Number)] =
        Timer->Line << HPET_ROUTE | HPET_ENABLE | (Mode == LevelSensitive ? HPET_LEVEL : 0);
}

/* And serve it by a routine on the processor with that index. */
static inline NTSTATUS ContractConnect(CONTRACT_TIMER *Timer, KINTERRUPT_MODE Mode,
                                       PKSERVICE_ROUTINE Routine, PVOID Context, ULONG Index)
{
    IO_CONNECT_INTERRUPT_PARAMETERS Begin = {.Version = CONNECT_FULLY_SPECIFIED_GROUP};
    PROCESSOR_NUMBER Number;
    NTSTATUS Status;

    KeGetProcessorNumberFromIndex(Index, &Number);
    Begin.FullySpecified.InterruptObject = &Timer->Interrupt;
    Begin.FullySpecified.ServiceRoutine = Routine;
    Begin.FullySpecified.ServiceContext = Context;
    Begin.FullySpecified.SpinLock = Timer->Lock;
    Begin.FullySpecified.SynchronizeIrql =
        Timer->SynchronizeIrql != 0 ? Timer->SynchronizeIrql : Timer->Irql;
    Begin.FullySpecified.ShareVector = TRUE;
    Begin.FullySpecified.Vector = Timer->Vector;
    Begin.FullySpecified.Irql = Timer->Irql;
    Begin.FullySpecified.InterruptMode = Mode;
    Begin.FullySpecified.ProcessorEnableMask = (KAFFINITY)1 << Number.Number;
    Begin.FullySpecified.Group = Number.Group;
    Timer->Mode = Mode;
    Status = IoConnectInterruptEx(&Begin);
    ContractRoute(Timer, Mode);
    return Status;
}

/* Its line is low from here on; what it has been set to is forgotten. */
static inline VOID ContractSilence(CONTRACT_TIMER *Timer)
{
    ContractHpet[HPET_CONFIG(Timer->Number)] = 0;
    Timer->Armed = 0;
}

static inline VOID ContractDisconnect(CONTRACT_TIMER *Timer)
{
    ContractSilence(Timer);
    IoDisconnectInterrupt(Timer->Interrupt);
}

/* Interrupt once, so many counts from now.  A comparator that is half written must not be reached. */
static inline VOID ContractArm(CONTRACT_TIMER *Timer, ULONG Counts)
{
    ULONG64 Due = ContractHpetCount() + Counts;

    InterlockedExchange(&Timer->Armed, 1);
    ContractHpet[HPET_COMPARE(Timer->Number) + 1] = 0x7FFFFFFF;
    ContractHpet[HPET_COMPARE(Timer->Number)] = (ULONG)Due;
    ContractHpet[HPET_COMPARE(Timer->Number) + 1] = (ULONG)(Due >> 32);
}

/* A service routine's first duty: is it my device?  A level says so, and is released by that. */
static inline BOOLEAN ContractClaim(CONTRACT_TIMER *Timer)
{
    if (Timer->Mode == LevelSensitive) {
        if ((ContractHpet[HPET_STATUS] >> Timer->Number & 1) == 0) {
            return FALSE;
        }
        ContractHpet[HPET_STATUS] = 1u << Timer->Number;
    }
    return InterlockedExchange(&Timer->Armed, 0) != 0;
}

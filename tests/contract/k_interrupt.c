/* SPDX-License-Identifier: MIT */
/*
 * A service routine runs at its device's IRQL, on the processor that its line is for, with the
 * interrupt's lock held and interrupts on; once for each edge, and for a level until that is released;
 * what it queues runs as a DPC; and it does not run any more when it has been disconnected.
 */
#include "hpet.h"

#define MOST 4 /* processors that are tried */

static CONTRACT_TIMER Timer;
static volatile LONG Runs, DpcRuns;
static ULONG Expected;
static PDEVICE_OBJECT Device;

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    CHECK(Context == &Timer && Interrupt == Timer.Interrupt);
    if (!ContractClaim(Context)) {
        return FALSE;
    }
    CHECK_EQUAL(KeGetCurrentIrql(), Timer.Irql);
    CHECK_EQUAL(ContractIndex(), Expected);
    CHECK((__readeflags() & 0x200) != 0);
    IoRequestDpc(Device, NULL, &Timer);
    InterlockedIncrement(&Runs);
    return TRUE;
}

static VOID NTAPI After(PKDPC Dpc, PDEVICE_OBJECT Object, PIRP Irp, PVOID Context)
{
    UNREFERENCED_PARAMETER(Dpc);
    CHECK(Object == Device && Irp == NULL && Context == &Timer);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    CHECK_EQUAL(ContractIndex(), Expected);
    InterlockedIncrement(&DpcRuns);
}

static VOID CheckVectors(VOID)
{
    KAFFINITY Affinity;
    KIRQL Irql;
    ULONG Vector;

    for (ULONG Line = 0; Line < 24; Line++) {
        Vector = HalGetInterruptVector(Internal, 0, Line, Line, &Irql, &Affinity);
        CHECK(Irql > DISPATCH_LEVEL && Irql < CLOCK_LEVEL && Irql == Vector >> 4);
        CHECK_EQUAL(Affinity, KeQueryGroupAffinity(0));
    }
    for (ULONG Line = 0; Line < 16; Line++) {
        CHECK(HalGetInterruptVector(Isa, 0, Line, Line, &Irql, &Affinity) != 0);
    }
    CHECK_EQUAL(HalGetInterruptVector(Isa, 0, 16, 16, &Irql, &Affinity), 0);
    CHECK_EQUAL(HalGetInterruptVector(Internal, 0, 1000, 0, &Irql, &Affinity), 0);
}

/* What is wrong is refused, and leaves nothing behind. */
static VOID CheckRefusals(VOID)
{
    ULONG Vector = Timer.Vector;
    KIRQL Irql = Timer.Irql;
    PKINTERRUPT Object;

#define REFUSED(V, I, S, M, A)                                                                     \
    CHECK_EQUAL(IoConnectInterrupt(&Object, Serve, NULL, NULL, V, I, S, M, TRUE, A, FALSE),        \
                STATUS_INVALID_PARAMETER)
    REFUSED(0xD1, 13, 13, Latched, 1); /* the clock's */
    REFUSED(0x2F, 2, 2, Latched, 1);
    REFUSED(0x1FFFF, Irql, Irql, Latched, 1);
    REFUSED(Vector, Irql + 1, Irql + 1, Latched, 1);
    REFUSED(Vector, Irql, Irql - 1, Latched, 1);
    REFUSED(Vector, Irql, 13, Latched, 1);
    REFUSED(Vector, Irql, Irql, (KINTERRUPT_MODE)7, 1);
    REFUSED(Vector, Irql, Irql, Latched, 0);
    REFUSED(Vector, Irql, Irql, Latched, ~KeQueryGroupAffinity(0));
    CHECK_EQUAL(IoConnectInterrupt(&Object, NULL, NULL, NULL, Vector, Irql, Irql, Latched, TRUE, 1,
                                   FALSE),
                STATUS_INVALID_PARAMETER);
}

static VOID CheckProcessor(ULONG Index, KINTERRUPT_MODE Mode)
{
    Expected = Index;
    Runs = DpcRuns = 0;
    CHECK_EQUAL(ContractConnect(&Timer, Mode, Serve, &Timer, Index), STATUS_SUCCESS);
    for (LONG Round = 1; Round <= 3; Round++) {
        ContractArm(&Timer, 1000);
        ContractAwait(&DpcRuns, Round);
        CHECK_EQUAL(Runs, Round);
    }
    IoDisconnectInterrupt(Timer.Interrupt);
    ContractArm(&Timer, 100);
    KeStallExecutionProcessor(20);
    CHECK_EQUAL(Runs, 3);
    ContractSilence(&Timer);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = min(ContractProcessors(), MOST);

    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(IoCreateDevice(DriverObject, 0, NULL, FILE_DEVICE_UNKNOWN, 0, FALSE, &Device),
                STATUS_SUCCESS);
    IoInitializeDpcRequest(Device, After);
    CHECK(ContractMapHpet());
    CheckVectors();
    for (ULONG Nth = 0; Nth < 8; Nth++) { /* the lines' IRQLs differ */
        ContractChooseLine(&Timer, Nth % HPET_TIMERS, Nth);
        for (ULONG Index = 0; Index < Count; Index++) {
            CheckProcessor(Index, Nth % 2 == 0 ? Latched : LevelSensitive);
        }
    }
    CheckRefusals();
    IoDeleteDevice(Device);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * Sharers of a line: at a level they are asked in the order of connection until one claims the interrupt, at an edge
 * all are; who does not go together with them is refused; an inactive one is not asked, and alone masks the line.
 * IoConnectInterruptEx connects what is fully specified, and says what it does not support.
 */
#include "hpet.h"

static CONTRACT_TIMER Timers[HPET_TIMERS];
static volatile LONG Asked[HPET_TIMERS], Claimed[HPET_TIMERS];

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    CONTRACT_TIMER *Timer = Context;

    CHECK(Interrupt == Timer->Interrupt);
    InterlockedIncrement(&Asked[Timer->Number]);
    if (!ContractClaim(Timer)) {
        return FALSE;
    }
    InterlockedIncrement(&Claimed[Timer->Number]);
    return TRUE;
}

static VOID Fire(ULONG Number)
{
    LONG Before = Claimed[Number];

    ContractArm(&Timers[Number], 500);
    ContractAwait(&Claimed[Number], Before + 1);
    KeStallExecutionProcessor(5); /* the rest of the chain */
}

static VOID Forget(VOID)
{
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        Asked[Number] = Claimed[Number] = 0;
    }
}

static NTSTATUS Connect(ULONG Number, KINTERRUPT_MODE Mode, BOOLEAN Share, KAFFINITY Affinity)
{
    CONTRACT_TIMER *Timer = &Timers[Number];

    return IoConnectInterrupt(&Timer->Interrupt, Serve, Timer, NULL, Timer->Vector, Timer->Irql,
                              Timer->Irql, Mode, Share, Affinity, FALSE);
}

static VOID ConnectAll(KINTERRUPT_MODE Mode)
{
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        ContractChooseLine(&Timers[Number], Number, 2);
        Timers[Number].Mode = Mode;
        CHECK_EQUAL(Connect(Number, Mode, TRUE, Number == 1 ? 1 : KeQueryGroupAffinity(0)),
                    STATUS_SUCCESS);
        ContractRoute(&Timers[Number], Mode);
    }
    Forget();
}

static VOID DisconnectAll(VOID)
{
    for (ULONG Number = 0; Number < HPET_TIMERS; Number++) {
        ContractDisconnect(&Timers[Number]);
    }
}

static NTSTATUS Try(KINTERRUPT_MODE Mode, BOOLEAN Share, KAFFINITY Affinity)
{
    PKINTERRUPT Object;

    return IoConnectInterrupt(&Object, Serve, &Timers[0], NULL, Timers[0].Vector, Timers[0].Irql,
                              Timers[0].Irql, Mode, Share, Affinity, FALSE);
}

static VOID CheckLevel(VOID)
{
    ConnectAll(LevelSensitive);
    Fire(0);
    CHECK(Asked[0] == 1 && Asked[1] == 0 && Asked[2] == 0);
    Fire(2);
    CHECK(Asked[0] == 2 && Asked[1] == 1 && Asked[2] == 1);
    CHECK_EQUAL(Try(Latched, TRUE, 1), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(Try(LevelSensitive, FALSE, 1), STATUS_INVALID_PARAMETER);
    if (KeQueryGroupAffinity(0) != 1) {
        CHECK_EQUAL(Try(LevelSensitive, TRUE, 2), STATUS_INVALID_PARAMETER);
    }
    DisconnectAll();
}

static VOID CheckEdge(VOID)
{
    LONG Before;

    ConnectAll(Latched);
    Fire(1);
    CHECK(Asked[0] >= 1 && Asked[1] >= 1 && Asked[2] >= 1);
    Before = Asked[2];
    IoDisconnectInterrupt(Timers[2].Interrupt);
    Fire(0);
    CHECK(Asked[2] == Before && Asked[1] >= 2);
    CHECK_EQUAL(Connect(2, Latched, TRUE, 1), STATUS_SUCCESS);
    Fire(2);
    DisconnectAll();
}

static VOID CheckInactive(BOOLEAN Share)
{
    IO_REPORT_INTERRUPT_ACTIVE_STATE_PARAMETERS State = {.Version = CONNECT_FULLY_SPECIFIED};

    ContractChooseLine(&Timers[0], 0, 4);
    Timers[0].Mode = LevelSensitive;
    CHECK_EQUAL(Connect(0, LevelSensitive, Share, 1), STATUS_SUCCESS);
    ContractRoute(&Timers[0], LevelSensitive);
    State.ConnectionContext.InterruptObject = Timers[0].Interrupt;
    Forget();
    IoReportInterruptInactive(&State);
    ContractArm(&Timers[0], 100);
    KeStallExecutionProcessor(20);
    CHECK_EQUAL(Asked[0], 0);
    IoReportInterruptActive(&State); /* the level is still there */
    ContractAwait(&Claimed[0], 1);
    ContractDisconnect(&Timers[0]);
}

static VOID CheckEx(ULONG Version)
{
    IO_DISCONNECT_INTERRUPT_PARAMETERS End = {.Version = Version};
    IO_CONNECT_INTERRUPT_PARAMETERS Begin = {.Version = Version};

    ContractChooseLine(&Timers[0], 0, 1);
    CHECK_EQUAL(ContractConnect(&Timers[0], Latched, Serve, &Timers[0], 0), STATUS_SUCCESS);
    IoDisconnectInterrupt(Timers[0].Interrupt);
    Begin.FullySpecified.InterruptObject = &Timers[0].Interrupt;
    Begin.FullySpecified.ServiceRoutine = Serve;
    Begin.FullySpecified.ServiceContext = &Timers[0];
    Begin.FullySpecified.SynchronizeIrql = Timers[0].Irql;
    Begin.FullySpecified.Vector = Timers[0].Vector;
    Begin.FullySpecified.Irql = Timers[0].Irql;
    Begin.FullySpecified.InterruptMode = Latched;
    Begin.FullySpecified.ProcessorEnableMask = 1;
    Begin.FullySpecified.Group = Version == CONNECT_FULLY_SPECIFIED ? 77 : 0;
    CHECK_EQUAL(IoConnectInterruptEx(&Begin), STATUS_SUCCESS);
    CHECK_EQUAL(Try(Latched, TRUE, 1), STATUS_INVALID_PARAMETER); /* it is not shared */
    Forget();
    Fire(0);
    End.ConnectionContext.InterruptObject = Timers[0].Interrupt;
    IoDisconnectInterruptEx(&End);
    ContractSilence(&Timers[0]);
}

static VOID CheckUnsupported(VOID)
{
    static const ULONG ByDevice[] = {CONNECT_LINE_BASED, CONNECT_MESSAGE_BASED,
                                     CONNECT_MESSAGE_BASED_PASSIVE};
    IO_CONNECT_INTERRUPT_PARAMETERS Begin = {0};

    for (ULONG Index = 0; Index < 3; Index++) {
        Begin.Version = ByDevice[Index];
        CHECK_EQUAL(IoConnectInterruptEx(&Begin), STATUS_NOT_FOUND);
        CHECK_EQUAL(Begin.Version, ByDevice[Index]);
    }
    Begin.Version = 99;
    CHECK_EQUAL(IoConnectInterruptEx(&Begin), STATUS_NOT_SUPPORTED);
    CHECK_EQUAL(Begin.Version, CONNECT_FULLY_SPECIFIED);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    CheckLevel();
    CheckEdge();
    CheckInactive(TRUE);
    CheckInactive(FALSE);
    CheckEx(CONNECT_FULLY_SPECIFIED);
    CheckEx(CONNECT_FULLY_SPECIFIED_GROUP);
    CheckUnsupported();
    return CONTRACT_RESULT();
}

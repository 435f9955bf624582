/* SPDX-License-Identifier: MIT */
/*
 * An NMI in the middle of a print, whose callback prints as well, neither deadlocks nor tears
 * or loses a line.
 */
#include "nmi.h"

#define ROUNDS 12

static volatile LONG Nmis;
static volatile LONG Stop;
static LONG Printed;
static ULONG VictimId;
static CONTRACT_WORK Work;

static BOOLEAN NTAPI OnNmi(PVOID Context, BOOLEAN Handled)
{
    LONG Number = Nmis;

    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Handled);
    DbgPrint("nmi %ld 3 xxx nmi %ld\n", Number, Number);
    InterlockedExchange(&Nmis, Number + 1);
    return TRUE;
}

/* On another processor, if there is one: NMIs at whatever moment. */
static VOID Disturb(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    for (LONG Round = 0; Round < ROUNDS; Round++) {
        LONG Before = Nmis;

        ContractSendNmi(VictimId);
        ContractAwaitMore(&Nmis, Before);
        for (LONG Turn = 0; Turn < Round % 7; Turn++) {
            YieldProcessor();
        }
    }
    InterlockedExchange(&Stop, 1);
}

static VOID PrintLine(VOID)
{
    DbgPrint("line %ld 5 xxxxx line %ld\n", Printed, Printed);
    Printed++;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    PVOID Handle = KeRegisterNmiCallback(OnNmi, NULL);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Handle == NULL || !ContractMapApic()) {
        return STATUS_UNSUCCESSFUL;
    }
    VictimId = ContractApicId();
    if (Count > 1) {
        ContractStart(&Work, Count - 1, Disturb, NULL);
        while (!Stop) {
            PrintLine();
        }
        ContractAwait(&Work.Done, 1);
    } else {
        for (LONG Round = 0; Round < ROUNDS; Round++) {
            ContractSendNmi(VictimId);
            PrintLine();
            ContractAwaitMore(&Nmis, Round);
        }
    }
    CHECK_EQUAL(Nmis, ROUNDS);
    DbgPrint("%ld lines\n", Printed + Nmis);
    CHECK_EQUAL(KeDeregisterNmiCallback(Handle), STATUS_SUCCESS);
    return CONTRACT_RESULT();
}

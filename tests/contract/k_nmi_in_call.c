/* SPDX-License-Identifier: MIT */
/*
 * An NMI in the middle of a call, on every processor and at any moment of it, runs the
 * registered callbacks at HIGH_LEVEL and changes nothing about the call: every routine runs
 * once, registers stay.
 */
#include "contract.h"
#include "nmi.h"

#define ROUNDS  100
#define MAXIMUM 256

static volatile LONG Nmis[MAXIMUM], Chained[MAXIMUM], Ran[MAXIMUM];
static ULONG Ids[MAXIMUM];

static BOOLEAN NTAPI OnNmi(PVOID Context, BOOLEAN Handled)
{
    ULONG Index = ContractIndex();

    CHECK(Context == (PVOID)0x4E4D49);
    CHECK(Handled); /* by the one registered after us, which runs first */
    CHECK_EQUAL(KeGetCurrentIrql(), HIGH_LEVEL);
    InterlockedIncrement(&Nmis[Index]);
    return FALSE;
}

static BOOLEAN NTAPI OnNmiFirst(PVOID Context, BOOLEAN Handled)
{
    UNREFERENCED_PARAMETER(Context);
    CHECK(!Handled);
    InterlockedIncrement(&Chained[ContractIndex()]);
    return TRUE;
}

static ULONG_PTR NTAPI FindId(ULONG_PTR Argument)
{
    Ids[ContractIndex()] = ContractApicId();
    return Argument;
}

/* Keep something in every register class that an NMI might lose, while NMIs arrive. */
static VOID Spin(VOID)
{
    ULONG64 Sum = 0;
    double Half = 0.5;

    for (ULONG Turn = 0; Turn < 500; Turn++) {
        Sum += Turn;
        Half *= 1.0;
        __asm__ volatile("" : "+r"(Sum), "+x"(Half));
    }
    CHECK_EQUAL(Sum, 499 * 500 / 2);
    CHECK(Half == 0.5);
}

/* Each sends one to itself and one to its neighbour, which is somewhere in the same call. */
static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    ULONG Index = ContractIndex(), Count = ContractProcessors();
    LONG Before = Nmis[Index];

    InterlockedIncrement(&Ran[Index]);
    ContractSendNmi(Ids[Index]);
    ContractAwaitMore(&Nmis[Index], Before);
    CHECK_EQUAL(KeGetCurrentIrql(), IPI_LEVEL);
    ContractSendNmi(Ids[(Index + 1) % Count]);
    Spin();
    return Argument + Index;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();
    PVOID Second, First;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Second = KeRegisterNmiCallback(OnNmi, (PVOID)0x4E4D49);
    First = KeRegisterNmiCallback(OnNmiFirst, NULL);
    CHECK(Second != NULL && First != NULL);
    if (!ContractMapApic()) {
        CHECK(FALSE);
        return CONTRACT_RESULT();
    }
    KeIpiGenericCall(FindId, 0);
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        CHECK_EQUAL(KeIpiGenericCall(Routine, 0x1000), 0x1000);
        CHECK((__readeflags() & 0x200) != 0);
        CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    }
    for (ULONG Index = 0; Index < Count; Index++) {
        CHECK_EQUAL(Ran[Index], ROUNDS);
        /* NMIs coalesce while one is served, but no processor's own was lost. */
        CHECK(Nmis[Index] >= ROUNDS && Nmis[Index] <= 2 * ROUNDS);
        CHECK_EQUAL(Chained[Index], Nmis[Index]);
    }
    CHECK_EQUAL(KeDeregisterNmiCallback(First), STATUS_SUCCESS);
    CHECK_EQUAL(KeDeregisterNmiCallback(First), STATUS_INVALID_HANDLE);
    CHECK_EQUAL(KeDeregisterNmiCallback(Second), STATUS_SUCCESS);
    return CONTRACT_RESULT();
}

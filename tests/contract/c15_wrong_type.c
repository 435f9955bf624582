/* SPDX-License-Identifier: MIT */
/* C15: a routine of a wrong type, cast to the callback type, runs harmlessly. */
#include "contract.h"

static volatile LONG Runs;

static ULONG_PTR NTAPI NoArgument(VOID)
{
    InterlockedIncrement(&Runs);
    return 1;
}

static VOID NTAPI NoResult(ULONG_PTR Argument)
{
    CHECK_EQUAL(Argument, 2);
    InterlockedIncrement(&Runs);
}

static ULONG_PTR NTAPI TwoArguments(ULONG_PTR Argument, ULONG_PTR Unset)
{
    UNREFERENCED_PARAMETER(Unset);
    CHECK_EQUAL(Argument, 3);
    InterlockedIncrement(&Runs);
    return Argument;
}

/* It may write to its arguments' home space, which the caller must have left. */
static ULONG_PTR NTAPI FourArguments(ULONG_PTR Argument, volatile ULONG_PTR B, volatile ULONG_PTR C,
                                     volatile ULONG_PTR D)
{
    CHECK_EQUAL(Argument, 4);
    B = C = D = 0x5A5A5A5A5A5A5A5A;
    InterlockedIncrement(&Runs);
    return Argument + (B ^ C) + (D ^ B);
}

/* The wrong type goes through an integer, as the casts of real drivers do. */
static PKIPI_BROADCAST_WORKER Cast(ULONG_PTR Routine)
{
    return (PKIPI_BROADCAST_WORKER)Routine;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK_EQUAL(KeIpiGenericCall(Cast((ULONG_PTR)NoArgument), 1), 1);
    KeIpiGenericCall(Cast((ULONG_PTR)NoResult), 2);
    CHECK_EQUAL(KeIpiGenericCall(Cast((ULONG_PTR)TwoArguments), 3), 3);
    CHECK_EQUAL(KeIpiGenericCall(Cast((ULONG_PTR)FourArguments), 4), 4);
    CHECK_EQUAL(Runs, 4 * ContractProcessors());
    return CONTRACT_RESULT();
}

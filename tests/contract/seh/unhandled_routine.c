/* SPDX-License-Identifier: MIT */
/*
 * What the routine of a call raises and does not handle is 0x1E at its own place: neither the
 * caller's handler nor that of interrupted code is asked.
 */
#include "../contract.h"

static volatile LONG Wrong;
static volatile LONG Ready;

static ULONG_PTR NTAPI Routine(ULONG_PTR Victim)
{
    if (ContractIndex() == Victim) {
        __asm__ volatile("ud2");
    }
    return 0;
}

static LONG Asked(VOID)
{
    InterlockedIncrement(&Wrong);
    DbgPrint("a handler outside of the routine was asked\n");
    return EXCEPTION_EXECUTE_HANDLER;
}

static __attribute__((noinline)) VOID Spin(VOID)
{
    InterlockedIncrement(&Ready);
    for (;;) {
        YieldProcessor();
    }
}

/* The code that the call interrupts on the other processors. */
static VOID Interrupted(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    __try {
        Spin();
    } __except (Asked()) {
        InterlockedIncrement(&Wrong);
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    static CONTRACT_WORK Works[8];
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Index = 1; Index < Count; Index++) {
        ContractStart(&Works[Index], Index, Interrupted, NULL);
    }
    ContractAwait(&Ready, (LONG)Count - 1);
    __try {
        KeIpiGenericCall(Routine, Count - 1);
    } __except (Asked()) {
        InterlockedIncrement(&Wrong);
    }
    return STATUS_SUCCESS;
}

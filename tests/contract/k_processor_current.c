/* SPDX-License-Identifier: MIT */
/*
 * On every processor, in a DPC and in a call's routine, what drivers read through GS (self,
 * number, thread, index) and what the routines say of the current processor agree.
 */
#include "contract.h"

#define MAXIMUM 256

static CONTRACT_WORK Works[MAXIMUM];
static PVOID Self[MAXIMUM], Thread[MAXIMUM];
static volatile LONG Seen[MAXIMUM];

static VOID CheckHere(VOID)
{
    PROCESSOR_NUMBER Number = { 0 }, ByIndex;
    ULONG Index = KeGetCurrentProcessorNumberEx(&Number);

    if (Index >= MAXIMUM) {
        CHECK(Index < MAXIMUM);
        return;
    }
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &ByIndex), STATUS_SUCCESS);
    CHECK_EQUAL(Number.Group, ByIndex.Group);
    CHECK_EQUAL(Number.Number, ByIndex.Number);
    CHECK_EQUAL(KeGetCurrentProcessorNumber(), Number.Number);
    CHECK_EQUAL(__readgsword(0x184), Number.Number); /* 16 bits: the byte behind the number is 0 */
    CHECK_EQUAL(__readgsdword(0x1A4), Index);
    Self[Index] = (PVOID)__readgsqword(0x18);
    CHECK_EQUAL(*(PULONG64)((PUCHAR)Self[Index] + 0x18), (ULONG_PTR)Self[Index]);
    CHECK_EQUAL((ULONG_PTR)KeGetPcr(), (ULONG_PTR)Self[Index]);
    CHECK_EQUAL(__readgsqword(0x20), (ULONG_PTR)Self[Index] + 0x180); /* CurrentPrcb */
    Thread[Index] = (PVOID)__readgsqword(0x188);
    CHECK_EQUAL((ULONG_PTR)KeGetCurrentThread(), (ULONG_PTR)Thread[Index]);
    InterlockedIncrement(&Seen[Index]);
}

static VOID CheckInDpc(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    CheckHere();
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CheckHere();
    return Argument;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Processors = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckHere();
    ContractRunOnAll(Works, CheckInDpc, NULL);
    KeIpiGenericCall(Routine, 0);
    for (ULONG Index = 0; Index < Processors; Index++) {
        CHECK_EQUAL(Seen[Index], Index == 0 ? 3 : 2);
        for (ULONG Other = 0; Other < Index; Other++) {
            CHECK(Self[Index] != Self[Other]);
            CHECK(Thread[Index] != Thread[Other]);
        }
    }
    return CONTRACT_RESULT();
}

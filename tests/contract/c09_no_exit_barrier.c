/* SPDX-License-Identifier: MIT */
/* C9: a target resumes what it was doing as soon as its own routine returns, while others are still inside. */
#include "contract.h"

static CONTRACT_WORK Work;
static volatile LONG Working;    /* the interrupted code runs */
static volatile LONG Left;       /* the target has left its routine */
static volatile LONG Resumed;    /* the interrupted code ran on after that */

static VOID InterruptedCode(PVOID Context)
{
    UNREFERENCED_PARAMETER(Context);
    InterlockedExchange(&Working, 1);
    while (!Left) {
        YieldProcessor();
    }
    InterlockedExchange(&Resumed, 1);
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Target)
{
    if (ContractIndex() == Target) {
        InterlockedExchange(&Left, 1);
    } else {
        ContractAwait(&Resumed, 1); /* with an exit barrier this would never end */
    }
    return 0;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Count = ContractProcessors();

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    if (Count > 1) {
        ContractStart(&Work, Count - 1, InterruptedCode, NULL);
        ContractAwait(&Working, 1);
        KeIpiGenericCall(Routine, Count - 1);
        CHECK_EQUAL(Resumed, 1);
        ContractAwait(&Work.Done, 1);
    }
    return CONTRACT_RESULT();
}

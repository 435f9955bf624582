/* SPDX-License-Identifier: MIT */
/* An NMI that no callback says it has handled is NMI_HARDWARE_FAILURE, on the processor that got it. */
#include <allcall_nmi.h>
#include "contract.h"

static BOOLEAN NTAPI Deny(PVOID Context, BOOLEAN Handled)
{
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Handled);
    return FALSE;
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KAFFINITY_EX Set;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(KeRegisterNmiCallback(Deny, NULL) != NULL);
    KeInitializeAffinityEx(&Set);
    KeAddProcessorAffinityEx(&Set, ContractProcessors() - 1);
    HalSendNMI(&Set);
    for (;;) {
        YieldProcessor();
    }
}

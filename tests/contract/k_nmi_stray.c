/* SPDX-License-Identifier: MIT */
/* An NMI from outside the kernel that nobody handles is NMI_HARDWARE_FAILURE, too. */
#include "nmi.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapApic());
    ContractSendNmi(ContractApicId());
    for (;;) {
        YieldProcessor();
    }
}

/* SPDX-License-Identifier: MIT */
/* A processor that acquires a spin lock that it holds is SPIN_LOCK_ALREADY_OWNED, not a hang. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KSPIN_LOCK Lock;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Old);
    KeAcquireSpinLock(&Lock, &Old);
    return STATUS_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/* To release a spin lock that nobody holds is SPIN_LOCK_NOT_OWNED. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KSPIN_LOCK Lock;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeInitializeSpinLock(&Lock);
    KeReleaseSpinLock(&Lock, PASSIVE_LEVEL);
    return STATUS_SUCCESS;
}

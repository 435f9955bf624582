/* SPDX-License-Identifier: MIT */
/* A print works at every IRQL up to HIGH_LEVEL, with interrupts off and with a spin lock held. */
#include "contract.h"

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    KSPIN_LOCK Lock;
    KIRQL Old;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (KIRQL Irql = PASSIVE_LEVEL; Irql <= HIGH_LEVEL; Irql++) {
        KeRaiseIrql(Irql, &Old);
        DbgPrint("at %u\n", KeGetCurrentIrql());
        KeLowerIrql(Old);
    }
    _disable();
    DbgPrint("interrupts off\n");
    CHECK((__readeflags() & 0x200) == 0);
    _enable();
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Old);
    DbgPrint("lock held\n");
    KeReleaseSpinLock(&Lock, Old);
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * Acquiring a spin lock of any kind raises to the higher of the current IRQL and
 * DISPATCH_LEVEL, never lowers, keeps the interrupt flag, and releasing goes back to the level
 * before.
 */
#include "locks.h"

static CONTRACT_LOCK Lock;

static VOID TestAt(CONTRACT_LOCK_KIND Kind, KIRQL Irql)
{
    KIRQL Held = Irql > DISPATCH_LEVEL ? Irql : DISPATCH_LEVEL;
    CONTRACT_HELD How;
    KIRQL Old;

    KeRaiseIrql(Irql, &Old);
    ContractAcquire(&Lock, Kind, &How);
    CHECK_EQUAL(KeGetCurrentIrql(), Held);
    CHECK((__readeflags() & 0x200) != 0);
    ContractRelease(&Lock, Kind, &How);
    CHECK_EQUAL(KeGetCurrentIrql(), Irql);
    CHECK((__readeflags() & 0x200) != 0);
    KeLowerIrql(Old);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (CONTRACT_LOCK_KIND Kind = LockPlain; Kind < LockKinds; Kind++) {
        KIRQL Lowest = Kind < LockRaising ? PASSIVE_LEVEL : DISPATCH_LEVEL;

        for (KIRQL Irql = Lowest; Irql <= HIGH_LEVEL; Irql++) {
            TestAt(Kind, Irql);
        }
    }
    CHECK(KeTestSpinLock(&Lock.Spin));
    CHECK_EQUAL(Lock.Spin, 0);
    CHECK_EQUAL(Lock.ReaderWriter, 0);
    return CONTRACT_RESULT();
}

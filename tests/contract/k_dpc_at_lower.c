/* SPDX-License-Identifier: MIT */
/*
 * What lowers the IRQL below DISPATCH_LEVEL delivers the pending DPC before its next
 * instruction.
 */
#include "locks.h"

typedef VOID(NTAPI *LOWER)(KIRQL Irql);

static KDPC Dpc;
static volatile LONG Ran;

static VOID NTAPI Run(PKDPC Object, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Object);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    Ran++;
}

static VOID Queue(VOID)
{
    CHECK(KeInsertQueueDpc(&Dpc, NULL, NULL));
}

/* The instruction after `mov cr8` reads the count. */
static LONG LowerInline(ULONG64 Irql)
{
    LONG Seen;

    __asm__ volatile("mov %[irql], %%cr8\n\tmovl %[ran], %[seen]"
                     : [seen] "=r"(Seen)
                     : [irql] "r"(Irql), [ran] "m"(Ran)
                     : "memory");
    return Seen;
}

/* Likewise `sti`, whose effect begins after the instruction that follows it. */
static LONG EnableInline(VOID)
{
    LONG Seen;

    __asm__ volatile("sti\n\tnop\n\tmovl %[ran], %[seen]"
                     : [seen] "=r"(Seen)
                     : [ran] "m"(Ran)
                     : "memory");
    return Seen;
}

static VOID TestLower(LOWER Lower, KIRQL From, KIRQL To)
{
    KIRQL Old;

    Ran = 0;
    KeRaiseIrql(From, &Old);
    Queue();
    CHECK_EQUAL(Ran, 0);
    if (Lower == NULL) {
        CHECK_EQUAL(LowerInline(To), 1);
    } else {
        Lower(To);
        CHECK_EQUAL(Ran, 1);
    }
    CHECK_EQUAL(KeGetCurrentIrql(), To);
    if (To != Old) {
        KeLowerIrql(Old);
    }
}

static LOWER Find(PCWSTR Text)
{
    UNICODE_STRING Name;

    RtlInitUnicodeString(&Name, Text);
    return (LOWER)MmGetSystemRoutineAddress(&Name);
}

static VOID TestLocks(VOID)
{
    KLOCK_QUEUE_HANDLE Handle;
    EX_SPIN_LOCK ReaderWriter = 0;
    KSPIN_LOCK Lock;
    KIRQL Old;

    Ran = 0;
    KeInitializeSpinLock(&Lock);
    KeAcquireSpinLock(&Lock, &Old);
    Queue();
    KeReleaseSpinLock(&Lock, Old);
    CHECK_EQUAL(Ran, 1);
    KeAcquireInStackQueuedSpinLock(&Lock, &Handle);
    Queue();
    KeReleaseInStackQueuedSpinLock(&Handle);
    CHECK_EQUAL(Ran, 2);
    Old = ExAcquireSpinLockExclusive(&ReaderWriter);
    Queue();
    ExReleaseSpinLockExclusive(&ReaderWriter, Old);
    CHECK_EQUAL(Ran, 3);
    Old = ExAcquireSpinLockShared(&ReaderWriter);
    Queue();
    ExReleaseSpinLockShared(&ReaderWriter, Old);
    CHECK_EQUAL(Ran, 4);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    LOWER Lower[] = { NULL, Find(L"KeLowerIrql"), Find(L"KfLowerIrql") };

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(Lower[1] != NULL && Lower[2] != NULL);
    KeInitializeDpc(&Dpc, Run, NULL);
    for (ULONG Form = 0; Form < RTL_NUMBER_OF(Lower) && CONTRACT_RESULT() == STATUS_SUCCESS;
         Form++) {
        for (KIRQL From = DISPATCH_LEVEL; From <= HIGH_LEVEL; From++) {
            TestLower(Lower[Form], From, PASSIVE_LEVEL);
            TestLower(Lower[Form], From, APC_LEVEL);
        }
    }
    Ran = 0;
    _disable();
    Queue();
    CHECK_EQUAL(EnableInline(), 1);
    TestLocks();
    return CONTRACT_RESULT();
}

/* SPDX-License-Identifier: MIT */
/*
 * Routines of the kernel that other tests reach under another name or not at all do what their pages
 * say: spin locks to SYNCH_LEVEL, nodes, floating point state, a timer that may be late, an APC
 * or a callback that is taken back, debugging without a debugger.
 */
#include "threads.h"

/* Under names that the headers do not define inline, but the linker knows. */
#define IMPORT(Result, Name, ...)                                                                  \
    __declspec(dllimport) Result NTAPI Import##Name(__VA_ARGS__) __asm__(#Name)

IMPORT(VOID, KeRaiseIrql, KIRQL New, PKIRQL Old);
IMPORT(VOID, KeInitializeSpinLock, PKSPIN_LOCK Lock);
IMPORT(PKTHREAD, KeGetCurrentThread, VOID);
IMPORT(PETHREAD, PsGetCurrentThread, VOID);
IMPORT(ULONG, KeGetCurrentProcessorNumber, VOID);
IMPORT(NTSTATUS, KeWaitForMutexObject, PVOID Object, KWAIT_REASON Reason, KPROCESSOR_MODE Mode,
       BOOLEAN Alertable, PLARGE_INTEGER Timeout);
IMPORT(VOID, KeInitializeApc, PKAPC Apc, PKTHREAD Thread, int Environment, PKKERNEL_ROUTINE Kernel,
       PKRUNDOWN_ROUTINE Rundown, PKNORMAL_ROUTINE Normal, KPROCESSOR_MODE Mode, PVOID Context);
IMPORT(BOOLEAN, KeInsertQueueApc, PKAPC Apc, PVOID A1, PVOID A2, KPRIORITY Increment);
IMPORT(BOOLEAN, KeRemoveQueueApc, PKAPC Apc);
IMPORT(VOID, RtlPrefetchMemoryNonTemporal, PVOID Source, SIZE_T Length);
NTKERNELAPI KIRQL NTAPI KeAcquireSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI KefAcquireSpinLockAtDpcLevel(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI KefReleaseSpinLockFromDpcLevel(PKSPIN_LOCK SpinLock);
NTKERNELAPI VOID NTAPI KeAcquireInStackQueuedSpinLockRaiseToSynch(PKSPIN_LOCK SpinLock,
                                                                  PKLOCK_QUEUE_HANDLE LockHandle);
NTKERNELAPI USHORT NTAPI KeQueryNodeMaximumProcessorCount(USHORT NodeNumber);
NTKERNELAPI ULONG64 NTAPI KeQueryUnbiasedInterruptTimePrecise(PULONG64 QpcTimeStamp);
NTKERNELAPI NTSTATUS NTAPI KeSaveFloatingPointState(PKFLOATING_SAVE FloatSave);
NTKERNELAPI NTSTATUS NTAPI KeRestoreFloatingPointState(PKFLOATING_SAVE FloatSave);
NTKERNELAPI PEPROCESS NTAPI PsGetThreadProcess(PETHREAD Thread);
NTKERNELAPI NTSTATUS NTAPI PsGetThreadExitStatus(PETHREAD Thread);
NTKERNELAPI BOOLEAN NTAPI PsIsThreadTerminating(PETHREAD Thread);

static KSPIN_LOCK Lock;
static KGUARDED_MUTEX Guarded;

static VOID CheckLocks(VOID)
{
    KLOCK_QUEUE_HANDLE Handle;
    KIRQL Old, Irql;

    Lock = 77;
    ImportKeInitializeSpinLock(&Lock);
    CHECK_EQUAL(Lock, 0);
    Old = KeAcquireSpinLockRaiseToSynch(&Lock);
    CHECK_EQUAL(Old, PASSIVE_LEVEL);
    Irql = KeGetCurrentIrql();
    CHECK(Irql >= DISPATCH_LEVEL);
    KeReleaseSpinLock(&Lock, Old);
    KeAcquireInStackQueuedSpinLockRaiseToSynch(&Lock, &Handle);
    CHECK_EQUAL(KeGetCurrentIrql(), Irql);
    KeReleaseInStackQueuedSpinLock(&Handle);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    ImportKeRaiseIrql(DISPATCH_LEVEL, &Old);
    CHECK_EQUAL(KeGetCurrentIrql(), DISPATCH_LEVEL);
    KefAcquireSpinLockAtDpcLevel(&Lock);
    CHECK(Lock != 0);
    KefReleaseSpinLockFromDpcLevel(&Lock);
    CHECK_EQUAL(Lock, 0);
    CHECK_EQUAL(ImportKeGetCurrentProcessorNumber(), KeGetCurrentProcessorNumberEx(NULL));
    KeLowerIrql(Old);
    KeInitializeGuardedMutex(&Guarded);
    KeEnterGuardedRegion();
    KeAcquireGuardedMutexUnsafe(&Guarded);
    CHECK(!KeTryToAcquireGuardedMutex(&Guarded));
    KeReleaseGuardedMutexUnsafe(&Guarded);
    KeLeaveGuardedRegion();
}

static VOID CheckQueries(VOID)
{
    ULONG64 Stamp = 0, First = KeQueryUnbiasedInterruptTimePrecise(&Stamp);
    ULONG Alignment = KeGetRecommendedSharedDataAlignment();

    CHECK(Stamp != 0);
    CHECK(KeQueryUnbiasedInterruptTimePrecise(&Stamp) >= First);
    CHECK(Alignment >= 8 && (Alignment & (Alignment - 1)) == 0);
    CHECK(KeGetCurrentNodeNumber() <= KeQueryHighestNodeNumber());
    CHECK(KeQueryNodeMaximumProcessorCount(0) >= 1);
    CHECK(ImportKeGetCurrentThread() == KeGetCurrentThread());
    CHECK(ImportPsGetCurrentThread() == PsGetCurrentThread());
    CHECK(PsGetThreadProcess(PsGetCurrentThread()) == PsGetCurrentProcess());
    CHECK_EQUAL(PsGetThreadExitStatus(PsGetCurrentThread()), STATUS_PENDING);
    CHECK(!PsIsThreadTerminating(PsGetCurrentThread()));
}

static VOID CheckState(VOID)
{
    KFLOATING_SAVE Save;
    KMUTEX Mutex;
    KTIMER Timer;
    LARGE_INTEGER Due = {.QuadPart = -100000};

    CHECK_EQUAL(KeSaveFloatingPointState(&Save), STATUS_SUCCESS);
    CHECK_EQUAL(KeRestoreFloatingPointState(&Save), STATUS_SUCCESS);
    KeInitializeMutex(&Mutex, 0);
    CHECK_EQUAL(ImportKeWaitForMutexObject(&Mutex, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK_EQUAL(KeReleaseMutex(&Mutex, FALSE), 0);
    KeInitializeTimer(&Timer);
    CHECK(!KeSetCoalescableTimer(&Timer, Due, 0, 50, NULL));
    CHECK_EQUAL(KeWaitForSingleObject(&Timer, Executive, KernelMode, FALSE, NULL), STATUS_SUCCESS);
    CHECK(!KeCancelTimer(&Timer));
}

static VOID NTAPI ApcRoutine(PKAPC Apc, PKNORMAL_ROUTINE *Normal, PVOID *Context, PVOID *A1, PVOID *A2)
{
    UNREFERENCED_PARAMETER(Apc);
    UNREFERENCED_PARAMETER(Normal);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(A1);
    UNREFERENCED_PARAMETER(A2);
    CHECK(!"an APC that was taken back has run");
}

static VOID CheckApc(VOID)
{
    KAPC Apc;

    ImportKeInitializeApc(&Apc, KeGetCurrentThread(), 0, ApcRoutine, NULL, NULL, KernelMode, NULL);
    CHECK(!ImportKeRemoveQueueApc(&Apc));
    KeEnterGuardedRegion();
    CHECK(ImportKeInsertQueueApc(&Apc, NULL, NULL, 0));
    CHECK(ImportKeRemoveQueueApc(&Apc));
    KeLeaveGuardedRegion();
}

static VOID NTAPI OnReason(KBUGCHECK_CALLBACK_REASON Reason, PKBUGCHECK_REASON_CALLBACK_RECORD Record,
                           PVOID Data, ULONG Length)
{
    UNREFERENCED_PARAMETER(Reason);
    UNREFERENCED_PARAMETER(Record);
    UNREFERENCED_PARAMETER(Data);
    UNREFERENCED_PARAMETER(Length);
}

static VOID CheckReason(VOID)
{
    static UCHAR Component[] = "contract";
    static KBUGCHECK_REASON_CALLBACK_RECORD Record;

    Record.State = BufferEmpty; /* KeInitializeCallbackRecord */
    CHECK(!KeDeregisterBugCheckReasonCallback(&Record));
    CHECK(KeRegisterBugCheckReasonCallback(&Record, OnReason, KbCallbackSecondaryDumpData,
                                           Component));
    CHECK(KeDeregisterBugCheckReasonCallback(&Record));
    ImportRtlPrefetchMemoryNonTemporal(&Record, sizeof(Record));
}

static VOID CheckDebugging(VOID)
{
    DbgPrintReturnControlC("%s", "");
    CHECK(KdRefreshDebuggerNotPresent());
    CHECK(KdDebuggerNotPresent);
    CHECK(!NT_SUCCESS(KdDisableDebugger()) || !NT_SUCCESS(KdEnableDebugger()) ||
          !KdDebuggerEnabled);
    CHECK_EQUAL(DbgQueryDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL), TRUE);
    CHECK_EQUAL(DbgSetDebugFilterState(DPFLTR_IHVDRIVER_ID, DPFLTR_INFO_LEVEL, TRUE),
                STATUS_SUCCESS);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CheckLocks();
    CheckQueries();
    CheckState();
    CheckApc();
    CheckReason();
    CheckDebugging();
    return CONTRACT_RESULT();
}

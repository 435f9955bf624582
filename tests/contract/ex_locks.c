/* SPDX-License-Identifier: MIT */
/*
 * Fast and guarded mutexes let one thread in at a time; a resource one writer or many readers, each
 * as often as it likes; run-down protection waits for the last user and lets no other in.
 */
#include "threads.h"

#define THREADS 6
#define ROUNDS  150

NTKERNELAPI VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI BOOLEAN FASTCALL ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI VOID FASTCALL ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef);
NTKERNELAPI ULONG NTAPI ExIsResourceAcquiredSharedLite(PERESOURCE Resource);
NTKERNELAPI VOID FASTCALL KeInitializeGuardedMutex(PKGUARDED_MUTEX GuardedMutex);

static CONTRACT_THREAD Threads[THREADS];
static FAST_MUTEX Fast;
static KGUARDED_MUTEX Guarded;
static ERESOURCE Resource;
static EX_RUNDOWN_REF Rundown;
static LONG FastCount, GuardedCount, ResourceCount;
static volatile LONG Writers, Readers, MostReaders, Refused;

static volatile LONG RoundsDone; /* threads that have done all their rounds */

static VOID Add(LONG *Count, ULONG Round)
{
    LONG Seen = *Count;

    if (Round % 8 == 0) {
        ContractSleep(0);
    }
    YieldProcessor();
    *Count = Seen + 1;
}

static VOID TakeMutexes(ULONG Round)
{
    ExAcquireFastMutex(&Fast);
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    Add(&FastCount, Round);
    ExReleaseFastMutex(&Fast);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    KeAcquireGuardedMutex(&Guarded);
    CHECK(KeAreAllApcsDisabled());
    Add(&GuardedCount, Round);
    KeReleaseGuardedMutex(&Guarded);
    CHECK(!KeAreAllApcsDisabled());
}

static VOID Write(ULONG Round)
{
    CHECK(ExAcquireResourceExclusiveLite(&Resource, TRUE));
    CHECK(ExAcquireResourceExclusiveLite(&Resource, FALSE)); /* again */
    CHECK(ExAcquireResourceSharedLite(&Resource, FALSE));    /* and as a reader */
    CHECK(ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 3);
    CHECK_EQUAL(InterlockedIncrement(&Writers), 1);
    CHECK_EQUAL(Readers, 0);
    Add(&ResourceCount, Round);
    InterlockedDecrement(&Writers);
    for (ULONG Turn = 0; Turn < 3; Turn++) {
        ExReleaseResourceLite(&Resource);
    }
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 0);
}

static VOID NoteReaders(LONG Now)
{
    LONG Most = MostReaders;

    while (Most < Now) {
        LONG Found = InterlockedCompareExchange(&MostReaders, Now, Most);

        if (Found == Most) {
            return;
        }
        Most = Found;
    }
}

static VOID Read(ULONG Round)
{
    LONG Now;

    CHECK(ExAcquireResourceSharedLite(&Resource, TRUE));
    CHECK(ExAcquireResourceSharedLite(&Resource, TRUE));
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    Now = InterlockedIncrement(&Readers);
    NoteReaders(Now);
    CHECK_EQUAL(Writers, 0);
    if (Round % 4 == 0) {
        ContractSleep(1);
    }
    InterlockedDecrement(&Readers);
    ExReleaseResourceLite(&Resource);
    ExReleaseResourceLite(&Resource);
}

static VOID Use(PVOID Context)
{
    for (ULONG Round = 0; Round < ROUNDS; Round++) {
        TakeMutexes(Round);
        KeEnterCriticalRegion();
        if ((Round + (ULONG_PTR)Context) % 3 == 0) {
            Write(Round);
        } else if (Round % 3 == 1) {
            Read(Round);
        }
        KeLeaveCriticalRegion();
    }
    InterlockedIncrement(&RoundsDone);
    while (ExAcquireRundownProtection(&Rundown)) {
        ContractSleep(1);
        ExReleaseRundownProtection(&Rundown);
    }
    InterlockedIncrement(&Refused);
}

static VOID CheckAlone(VOID)
{
    CHECK(ExTryToAcquireFastMutex(&Fast));
    CHECK_EQUAL(KeGetCurrentIrql(), APC_LEVEL);
    CHECK(!ExTryToAcquireFastMutex(&Fast));
    ExReleaseFastMutex(&Fast);
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK(KeTryToAcquireGuardedMutex(&Guarded));
    CHECK(!KeTryToAcquireGuardedMutex(&Guarded));
    KeReleaseGuardedMutex(&Guarded);
    CHECK(!KeAreAllApcsDisabled());

    KeEnterCriticalRegion();
    CHECK(ExAcquireResourceExclusiveLite(&Resource, TRUE));
    ExConvertExclusiveToSharedLite(&Resource);
    CHECK(!ExIsResourceAcquiredExclusiveLite(&Resource));
    CHECK_EQUAL(ExIsResourceAcquiredSharedLite(&Resource), 1);
    CHECK(!ExAcquireResourceExclusiveLite(&Resource, FALSE)); /* it is shared, if with nobody else */
    ExReleaseResourceLite(&Resource);
    KeLeaveCriticalRegion();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExInitializeFastMutex(&Fast);
    KeInitializeGuardedMutex(&Guarded);
    ExInitializeResourceLite(&Resource);
    ExInitializeRundownProtection(&Rundown);
    CheckAlone();
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Use, (PVOID)(ULONG_PTR)Index);
    }
    while (RoundsDone != THREADS) {
        ContractSleep(10);
    }
    CHECK_EQUAL(FastCount, THREADS * ROUNDS);
    CHECK_EQUAL(GuardedCount, THREADS * ROUNDS);
    ContractSleep(50);
    ExWaitForRundownProtectionRelease(&Rundown);
    CHECK(!ExAcquireRundownProtection(&Rundown));
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    CHECK_EQUAL(Refused, THREADS);
    CHECK_EQUAL(ResourceCount, THREADS * ROUNDS / 3);
    CHECK(MostReaders >= 2);
    ExDeleteResourceLite(&Resource);
    return CONTRACT_RESULT();
}

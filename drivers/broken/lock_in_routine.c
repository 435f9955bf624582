/* SPDX-License-Identifier: MIT */
/*
 * lock_in_routine.c: WRONG: the routine takes a spin lock (clause R3).
 *
 * The call interrupts whatever a processor does below IPI_LEVEL, so also the
 * DPC that holds the lock.  The routine then waits on that processor for a lock
 * that only the code beneath it can release: a deadlock.  The interrupt must hit
 * while the lock is held, so most runs go well.
 *
 * allcall reports the line where the routine takes the lock: as R3 even in a
 * run that goes well; with --verify off as the deadlock, or the bug check
 * SPIN_LOCK_ALREADY_OWNED, of the schedules that it takes.  Right is a slot for
 * each processor, without a lock.
 */
#include <ntddk.h>

#define PACKETS 16
#define READS   4

static KSPIN_LOCK Lock;
static KDPC Dpc;
static struct {
    ULONG Packets;
    ULONG64 Bytes;
} Traffic; /* both belong to Lock */

static VOID NTAPI TakePackets(PKDPC Self, PVOID Context, PVOID Argument1, PVOID Argument2)
{
    UNREFERENCED_PARAMETER(Self);
    UNREFERENCED_PARAMETER(Context);
    UNREFERENCED_PARAMETER(Argument1);
    UNREFERENCED_PARAMETER(Argument2);
    for (ULONG Packet = 0; Packet < PACKETS; Packet++) {
        KeAcquireSpinLockAtDpcLevel(&Lock);
        Traffic.Packets++;
        Traffic.Bytes += 64 + Packet;
        KeReleaseSpinLockFromDpcLevel(&Lock);
    }
}

static ULONG_PTR NTAPI ReadTraffic(ULONG_PTR Context)
{
    ULONG64 Bytes;

    UNREFERENCED_PARAMETER(Context);
    KeAcquireSpinLockAtDpcLevel(&Lock);
    Bytes = Traffic.Bytes;
    KeReleaseSpinLockFromDpcLevel(&Lock);
    return (ULONG_PTR)Bytes;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    KeFlushQueuedDpcs();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    PROCESSOR_NUMBER Other;

    UNREFERENCED_PARAMETER(RegistryPath);
    DriverObject->DriverUnload = Unload;
    KeInitializeSpinLock(&Lock);
    KeInitializeDpc(&Dpc, TakePackets, NULL);
    KeSetImportanceDpc(&Dpc, HighImportance);
    if (NT_SUCCESS(KeGetProcessorNumberFromIndex(1, &Other))) {
        KeSetTargetProcessorDpcEx(&Dpc, &Other);
    }
    KeInsertQueueDpc(&Dpc, NULL, NULL);
    for (ULONG Read = 0; Read < READS; Read++) {
        DbgPrint("%Iu bytes so far\n", KeIpiGenericCall(ReadTraffic, 0));
    }
    return STATUS_SUCCESS;
}

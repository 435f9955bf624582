/* SPDX-License-Identifier: MIT */
/*
 * handle.c: handles of the one process there is.
 *
 * A handle is 4 times its place in the table, from 1 on; one that was asked
 * for as a kernel handle has the upper bits set, too, as on Windows.  Each
 * holds a reference.  Access rights are not kept: nobody runs in user mode
 * from whom anything would have to be protected.
 *
 * References: "ObReferenceObjectByHandle function (wdm.h)", "ZwClose function
 * (wdm.h)", "Object Handles".
 */
#include "obp.h"
#include "../ex/exp.h"
#include "../ps/psp.h"

#define OBP_TAG_HANDLES  0x6448624Fu /* 'ObHd' in memory */
#define OBP_FIRST_LIMIT  64
#define OBP_LIMIT        (1u << 20)
#define OBP_KERNEL       0xFFFFFFFF80000000ull
#define OBP_THIS_PROCESS ((HANDLE)(LONG_PTR)-1)
#define OBP_THIS_THREAD  ((HANDLE)(LONG_PTR)-2)

static PVOID *ObpHandles; /* NULL = free; place 0 is never used */
static ULONG ObpHandleLimit;
static ULONG64 ObpHandleLock;

/* ObpFreePlace: => 0: the table is full.  The lock is held. */
static ULONG ObpFreePlace(VOID)
{
    for (ULONG Place = 1; Place < ObpHandleLimit; Place++) {
        if (ObpHandles[Place] == NULL) {
            return Place;
        }
    }
    return 0;
}

/* ObpGrowHandles: make the table larger than Seen, unless somebody has done so. */
static BOOLEAN ObpGrowHandles(ULONG Seen)
{
    ULONG Limit = Seen == 0 ? OBP_FIRST_LIMIT : 2 * Seen;
    PVOID *Table = NULL;
    PVOID *Unused;
    BOOLEAN Enabled;

    if (Limit <= OBP_LIMIT) {
        Table = ExAllocatePoolZero(NonPagedPoolNx, Limit * sizeof(*Table), OBP_TAG_HANDLES);
    }
    if (Table == NULL) {
        return FALSE;
    }
    Unused = Table;
    Enabled = KiLockWord(&ObpHandleLock);
    if (ObpHandleLimit == Seen) {
        RtlCopyMemory(Table, ObpHandles, Seen * sizeof(*Table));
        Unused = ObpHandles;
        ObpHandles = Table;
        ObpHandleLimit = Limit;
    }
    KiUnlockWord(&ObpHandleLock, Enabled);
    if (Unused != NULL) {
        ExFreePool(Unused);
    }
    return TRUE;
}

NTSTATUS ObpCreateHandle(PVOID Object, ULONG Attributes, PHANDLE Handle)
{
    ULONG Place;
    ULONG Limit;

    do {
        BOOLEAN Enabled = KiLockWord(&ObpHandleLock);

        Limit = ObpHandleLimit;
        Place = ObpFreePlace();
        if (Place != 0) {
            ObfReferenceObject(Object);
            ObpHeaderOf(Object)->Handles++;
            ObpHandles[Place] = Object;
        }
        KiUnlockWord(&ObpHandleLock, Enabled);
    } while (Place == 0 && ObpGrowHandles(Limit));
    if (Place == 0) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    *Handle = (HANDLE)(Place * 4ull | ((Attributes & OBJ_KERNEL_HANDLE) != 0 ? OBP_KERNEL : 0));
    return STATUS_SUCCESS;
}

/* ObpPlaceOf: => 0: a handle cannot look like that. */
static ULONG ObpPlaceOf(HANDLE Handle)
{
    ULONG64 Value = (ULONG64)Handle;

    if ((Value & OBP_KERNEL) == OBP_KERNEL) {
        Value &= ~OBP_KERNEL;
    }
    return Value / 4 < OBP_LIMIT ? (ULONG)(Value / 4) : 0; /* the last two bits are the caller's */
}

/* ObpReferenceHandle: => the object, with a new reference; NULL: there is none. */
static PVOID ObpReferenceHandle(HANDLE Handle)
{
    ULONG Place = ObpPlaceOf(Handle);
    PVOID Object = NULL;
    BOOLEAN Enabled;

    if (Handle == OBP_THIS_PROCESS || Handle == OBP_THIS_THREAD) {
        Object = Handle == OBP_THIS_THREAD ? (PVOID)KiGetCurrentThread() : PsInitialSystemProcess;
        ObfReferenceObject(Object);
        return Object;
    }
    Enabled = KiLockWord(&ObpHandleLock);
    if (Place != 0 && Place < ObpHandleLimit && ObpHandles[Place] != NULL) {
        Object = ObpHandles[Place];
        ObfReferenceObject(Object);
    }
    KiUnlockWord(&ObpHandleLock, Enabled);
    return Object;
}

/*
 * ObReferenceObjectByHandle: find a handle's object, and take a reference.
 * => DesiredAccess and AccessMode are not checked
 * => STATUS_INVALID_HANDLE, STATUS_OBJECT_TYPE_MISMATCH
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ObReferenceObjectByHandle(HANDLE Handle, ACCESS_MASK DesiredAccess,
                                         POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                         PVOID *Object,
                                         POBJECT_HANDLE_INFORMATION HandleInformation)
{
    PVOID Found = ObpReferenceHandle(Handle);

    UNREFERENCED_PARAMETER(AccessMode);
    *Object = NULL;
    if (Found == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (ObjectType != NULL && (const OBP_TYPE *)ObjectType != ObpHeaderOf(Found)->Type) {
        ObfDereferenceObject(Found);
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    if (HandleInformation != NULL) {
        HandleInformation->HandleAttributes = 0;
        HandleInformation->GrantedAccess = DesiredAccess;
    }
    *Object = Found;
    return STATUS_SUCCESS;
}

/*
 * ObOpenObjectByPointer: make a handle for an object.
 * ["ObOpenObjectByPointer function (ntifs.h)"]
 * => STATUS_OBJECT_TYPE_MISMATCH, STATUS_INSUFFICIENT_RESOURCES
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ObOpenObjectByPointer(PVOID Object, ULONG HandleAttributes,
                                     PACCESS_STATE PassedAccessState, ACCESS_MASK DesiredAccess,
                                     POBJECT_TYPE ObjectType, KPROCESSOR_MODE AccessMode,
                                     PHANDLE Handle)
{
    UNREFERENCED_PARAMETER(PassedAccessState);
    UNREFERENCED_PARAMETER(AccessMode);
    if (ObjectType != NULL && (const OBP_TYPE *)ObjectType != ObpHeaderOf(Object)->Type) {
        return STATUS_OBJECT_TYPE_MISMATCH;
    }
    return ObpOpenHandle(Object, DesiredAccess, HandleAttributes, Handle);
}

/*
 * ZwClose: close a handle.
 * => STATUS_INVALID_HANDLE
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwClose(HANDLE Handle)
{
    ULONG Place = ObpPlaceOf(Handle);
    PVOID Object = NULL;
    BOOLEAN Enabled, Last = FALSE;

    if (Handle == OBP_THIS_PROCESS || Handle == OBP_THIS_THREAD) {
        return STATUS_SUCCESS;
    }
    Enabled = KiLockWord(&ObpHandleLock);
    if (Place != 0 && Place < ObpHandleLimit) {
        Object = ObpHandles[Place];
        ObpHandles[Place] = NULL;
        Last = Object != NULL && --ObpHeaderOf(Object)->Handles == 0;
    }
    KiUnlockWord(&ObpHandleLock, Enabled);
    if (Object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (Last && ObpHeaderOf(Object)->Type->Close != NULL) {
        ObpHeaderOf(Object)->Type->Close(Object);
    }
    ObfDereferenceObject(Object);
    return STATUS_SUCCESS;
}

/* NtClose: ZwClose under its other name; every caller is the kernel's. */
NTSTATUS NTAPI NtClose(HANDLE Handle)
{
    return ZwClose(Handle);
}

/*
 * ZwWaitForSingleObject: wait for a handle's object.
 * ["ZwWaitForSingleObject function (ntifs.h)"]
 * => STATUS_INVALID_HANDLE; STATUS_OBJECT_TYPE_MISMATCH for an object that cannot be waited for;
 *    else as KeWaitForSingleObject
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwWaitForSingleObject(HANDLE Handle, BOOLEAN Alertable, PLARGE_INTEGER Timeout)
{
    PVOID Object = ObpReferenceHandle(Handle);
    NTSTATUS Status = STATUS_OBJECT_TYPE_MISMATCH;

    if (Object == NULL) {
        return STATUS_INVALID_HANDLE;
    }
    if (ObpHeaderOf(Object)->Type->CanWait) {
        Status = KeWaitForSingleObject(Object, UserRequest, KernelMode, Alertable, Timeout);
    }
    ObfDereferenceObject(Object);
    return Status;
}

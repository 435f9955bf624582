/* SPDX-License-Identifier: MIT */
/*
 * callback.c: callback objects, by which drivers tell each other about events.
 *
 * A registration that is being called is held (Calls), so that it stays in the
 * list; who takes it back waits for the last of these calls.  The lock is not
 * held while a callback runs.
 *
 * References: "ExCreateCallback function (wdm.h)", "ExRegisterCallback function
 * (wdm.h)", "ExNotifyCallback function (wdm.h)", "ExUnregisterCallback function
 * (wdm.h)".
 */
#include "exp.h"
#include "../ke/ki_leftover.h"
#include "../ob/obp.h"

#define EXP_TAG_CALLBACK     0x6C6C6143u /* 'Call' in memory */
#define EXP_TAG_REGISTRATION 0x67655243u /* 'CReg' */

struct _CALLBACK_OBJECT {
    ULONG64 Lock;
    LIST_ENTRY Registrations; /* in the order in which they came */
    BOOLEAN Multiple;
};

typedef struct _EXP_REGISTRATION {
    LIST_ENTRY Link;
    PCALLBACK_OBJECT Object;
    PCALLBACK_FUNCTION Function;
    PVOID Context;
    ULONG Calls;     /* that run, or are about to */
    BOOLEAN Leaving; /* is not called again */
    KEVENT Left;     /* the last call has ended */
} EXP_REGISTRATION;

/* A search for a registration. */
typedef struct _EXP_FIND {
    PVOID Base;
    SIZE_T Size;
    PVOID Found;
} EXP_FIND;

static const OBP_TYPE ExpCallbackType = {
    .Self = &ExpCallbackType,
    .Tag = EXP_TAG_CALLBACK,
};

/* ExpNewCallback: a new object under a name, or without. */
static NTSTATUS ExpNewCallback(PCALLBACK_OBJECT *Created, PCUNICODE_STRING Name, BOOLEAN Multiple,
                               BOOLEAN Permanent)
{
    PCALLBACK_OBJECT Object = ObpCreateObject(&ExpCallbackType, sizeof(*Object));
    NTSTATUS Status = STATUS_SUCCESS;

    if (Object == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    InitializeListHead(&Object->Registrations);
    Object->Multiple = Multiple;
    if (Name != NULL) {
        Status = ObpInsertName(Object, Name);
    }
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Object);
        return Status;
    }
    if (Permanent) {
        ObfReferenceObject(Object); /* never given back */
    }
    *Created = Object;
    return STATUS_SUCCESS;
}

/*
 * ExCreateCallback: create a callback object, or open the one of that name.
 * => STATUS_OBJECT_NAME_NOT_FOUND: there is none, and it is not to be created
 * => STATUS_OBJECT_NAME_COLLISION: there is one, and OBJ_OPENIF is not set
 * => the object has a reference for the caller; PASSIVE_LEVEL
 */
NTSTATUS NTAPI ExCreateCallback(PCALLBACK_OBJECT *CallbackObject,
                                POBJECT_ATTRIBUTES ObjectAttributes, BOOLEAN Create,
                                BOOLEAN AllowMultipleCallbacks)
{
    PCUNICODE_STRING Name = ObjectAttributes->ObjectName;
    PCALLBACK_OBJECT Found = Name != NULL ? ObpFindName(&ExpCallbackType, Name) : NULL;

    if (Found != NULL) {
        if (Create && (ObjectAttributes->Attributes & OBJ_OPENIF) == 0) {
            ObfDereferenceObject(Found);
            return STATUS_OBJECT_NAME_COLLISION;
        }
        *CallbackObject = Found;
        return STATUS_SUCCESS;
    }
    if (!Create) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    return ExpNewCallback(CallbackObject, Name, AllowMultipleCallbacks,
                          (ObjectAttributes->Attributes & OBJ_PERMANENT) != 0);
}

/*
 * ExRegisterCallback: have a routine called when the object is notified.
 * => what ExUnregisterCallback wants; NULL: memory is short, or somebody has registered with an
 *    object that allows one only
 * => IRQL <= APC_LEVEL
 */
PVOID NTAPI ExRegisterCallback(PCALLBACK_OBJECT CallbackObject, PCALLBACK_FUNCTION CallbackFunction,
                               PVOID CallbackContext)
{
    EXP_REGISTRATION *New = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*New), EXP_TAG_REGISTRATION);
    BOOLEAN Enabled, Allowed;

    if (New == NULL) {
        return NULL;
    }
    New->Object = CallbackObject;
    New->Function = CallbackFunction;
    New->Context = CallbackContext;
    KeInitializeEvent(&New->Left, NotificationEvent, FALSE);
    Enabled = KiLockWord(&CallbackObject->Lock);
    Allowed = CallbackObject->Multiple || IsListEmpty(&CallbackObject->Registrations);
    if (Allowed) {
        InsertTailList(&CallbackObject->Registrations, &New->Link);
    }
    KiUnlockWord(&CallbackObject->Lock, Enabled);
    if (!Allowed) {
        ExFreePool(New);
        return NULL;
    }
    ObfReferenceObject(CallbackObject);
    return New;
}

/* ExpPin: hold the registration at a place of the list, NULL behind the last; the lock is held. */
static EXP_REGISTRATION *ExpPin(PCALLBACK_OBJECT Object, PLIST_ENTRY Link)
{
    EXP_REGISTRATION *Registration = CONTAINING_RECORD(Link, EXP_REGISTRATION, Link);

    if (Link == &Object->Registrations) {
        return NULL;
    }
    Registration->Calls++;
    return Registration;
}

/*
 * ExNotifyCallback: call all routines that are registered, in the order in which they were.
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI ExNotifyCallback(PCALLBACK_OBJECT CallbackObject, PVOID Argument1, PVOID Argument2)
{
    BOOLEAN Enabled = KiLockWord(&CallbackObject->Lock), Last;
    EXP_REGISTRATION *Current = ExpPin(CallbackObject, CallbackObject->Registrations.Flink), *Next;

    while (Current != NULL) {
        if (!Current->Leaving) {
            KiUnlockWord(&CallbackObject->Lock, Enabled);
            Current->Function(Current->Context, Argument1, Argument2);
            Enabled = KiLockWord(&CallbackObject->Lock);
        }
        Next = ExpPin(CallbackObject, Current->Link.Flink);
        Last = --Current->Calls == 0 && Current->Leaving;
        if (Last) { /* it is freed as soon as its owner knows, and the next one is held */
            KiUnlockWord(&CallbackObject->Lock, Enabled);
            KeSetEvent(&Current->Left, IO_NO_INCREMENT, FALSE);
            Enabled = KiLockWord(&CallbackObject->Lock);
        }
        Current = Next;
    }
    KiUnlockWord(&CallbackObject->Lock, Enabled);
}

/*
 * ExUnregisterCallback: have a routine not called any more.
 * => waits for calls that run; IRQL <= APC_LEVEL, and not in the callback itself
 */
VOID NTAPI ExUnregisterCallback(PVOID CbRegistration)
{
    EXP_REGISTRATION *Registration = CbRegistration;
    PCALLBACK_OBJECT Object = Registration->Object;
    BOOLEAN Enabled = KiLockWord(&Object->Lock), Busy;

    Registration->Leaving = TRUE;
    Busy = Registration->Calls != 0;
    if (!Busy) {
        RemoveEntryList(&Registration->Link);
    }
    KiUnlockWord(&Object->Lock, Enabled);
    if (Busy) {
        KeWaitForSingleObject(&Registration->Left, Executive, KernelMode, FALSE, NULL);
        Enabled = KiLockWord(&Object->Lock);
        RemoveEntryList(&Registration->Link);
        KiUnlockWord(&Object->Lock, Enabled);
    }
    ExFreePool(Registration);
    ObfDereferenceObject(Object);
}

/* ExpRegisters: an OBP_ACCEPT: has somebody in that memory registered with the callback object? */
static BOOLEAN ExpRegisters(PVOID Object, const VOID *Context)
{
    PCALLBACK_OBJECT Callback = Object;
    EXP_FIND *Find = (EXP_FIND *)Context;
    BOOLEAN Enabled = KiLockWord(&Callback->Lock);

    for (PLIST_ENTRY Link = Callback->Registrations.Flink; Link != &Callback->Registrations;
         Link = Link->Flink) {
        PVOID Routine = (PVOID)CONTAINING_RECORD(Link, EXP_REGISTRATION, Link)->Function;

        if ((ULONG_PTR)Routine - (ULONG_PTR)Find->Base < Find->Size) {
            Find->Found = Routine;
        }
    }
    KiUnlockWord(&Callback->Lock, Enabled);
    return Find->Found != NULL;
}

/* ExFindCallbackIn: of callback objects with a name; who has one without can keep it to himself. */
PVOID ExFindCallbackIn(PVOID Base, SIZE_T Size)
{
    EXP_FIND Find = { Base, Size, NULL };
    PVOID Object = ObpFindObject(&ExpCallbackType, ExpRegisters, &Find);

    if (Object != NULL) {
        ObfDereferenceObject(Object);
    }
    return Find.Found;
}

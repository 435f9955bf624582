/* SPDX-License-Identifier: MIT */
/*
 * callback.c: drivers that are asked before, and told after, a handle of a
 * process or thread is made.
 *
 * Those before run from the highest altitude down, those after in the opposite
 * order.  Whoever makes a handle takes run-down protection of every
 * registration at its begin and gives it back at its end, so that one that is
 * taken back meanwhile still sees both, and its memory is freed only then.
 *
 * => No handle is duplicated, and access rights are not kept here: what a routine makes of
 *    DesiredAccess is what those after are told was granted, and nothing else comes of it.
 *
 * References: "ObRegisterCallbacks function (wdm.h)", "OB_CALLBACK_REGISTRATION structure (wdm.h)",
 * "OB_OPERATION_REGISTRATION structure (wdm.h)".
 */
#include "obp.h"
#include "../ex/exp.h"
#include "../ps/psp.h"

#define OBP_TAG_CALLBACK 0x6243624Fu /* 'ObCb' in memory */
#define OBP_CALLBACKS    32          /* registrations at the same time */

typedef struct _OBP_CALLBACK {
    UNICODE_STRING Altitude; /* behind the operations */
    PVOID Context;
    EX_RUNDOWN_REF Uses;
    ULONG Count;
    OB_OPERATION_REGISTRATION Operations[];
} OBP_CALLBACK;

/* Those of one handle that is made, and what each routine before has left for the one after. */
typedef struct _OBP_CALLS {
    ULONG Count;
    OBP_CALLBACK *Callback[OBP_CALLBACKS];
    PVOID Context[OBP_CALLBACKS];
} OBP_CALLS;

static OBP_CALLBACK *ObpCallbacks[OBP_CALLBACKS]; /* highest altitude first */
static ULONG ObpCallbackCount;
static ULONG64 ObpCallbackLock;

/* ObpIntegerDigits: => where the digits before the point begin, without zeros, and their number */
static ULONG ObpIntegerDigits(PCUNICODE_STRING Altitude, ULONG *First)
{
    ULONG Length = Altitude->Length / sizeof(WCHAR), Index = 0, End;

    while (Index < Length && Altitude->Buffer[Index] == L'0') {
        Index++;
    }
    for (End = Index; End < Length && Altitude->Buffer[End] != L'.'; End++) {
    }
    *First = Index;
    return End - Index;
}

/* ObpCompareAltitudes: as decimal numbers of any length.  => < 0, 0, > 0 */
static LONG ObpCompareAltitudes(PCUNICODE_STRING Left, PCUNICODE_STRING Right)
{
    ULONG LeftAt, RightAt, LeftEnd = Left->Length / sizeof(WCHAR),
                           RightEnd = Right->Length / sizeof(WCHAR);
    ULONG LeftDigits = ObpIntegerDigits(Left, &LeftAt);
    ULONG RightDigits = ObpIntegerDigits(Right, &RightAt);

    if (LeftDigits != RightDigits) {
        return LeftDigits < RightDigits ? -1 : 1;
    }
    for (; LeftAt < LeftEnd || RightAt < RightEnd; LeftAt++, RightAt++) {
        /* Behind the end of a fraction there are zeros. */
        WCHAR L = LeftAt < LeftEnd ? Left->Buffer[LeftAt] : L'0';
        WCHAR R = RightAt < RightEnd ? Right->Buffer[RightAt] : L'0';

        if (L != R && !((L == L'.' || R == L'.') && (LeftAt >= LeftEnd || RightAt >= RightEnd))) {
            return L < R ? -1 : 1;
        }
    }
    return 0;
}

/* ObpCheckOperation: may a driver register that? */
static NTSTATUS ObpCheckOperation(const OB_OPERATION_REGISTRATION *Operation)
{
    const OB_OPERATION Known = OB_OPERATION_HANDLE_CREATE | OB_OPERATION_HANDLE_DUPLICATE;
    const OBP_TYPE *Type = Operation->ObjectType != NULL
                               ? (const OBP_TYPE *)*Operation->ObjectType
                               : NULL;

    if ((Type != &PspProcessType && Type != &PspThreadType) || Operation->Operations == 0 ||
        (Operation->Operations & ~Known) != 0 ||
        (Operation->PreOperation == NULL && Operation->PostOperation == NULL)) {
        return STATUS_INVALID_PARAMETER;
    }
    if ((Operation->PreOperation != NULL &&
         !MmMayRegisterCallback((PVOID)(ULONG_PTR)Operation->PreOperation)) ||
        (Operation->PostOperation != NULL &&
         !MmMayRegisterCallback((PVOID)(ULONG_PTR)Operation->PostOperation))) {
        return STATUS_ACCESS_DENIED;
    }
    return STATUS_SUCCESS;
}

/* ObpCheckRegistration: => STATUS_INVALID_PARAMETER, STATUS_ACCESS_DENIED */
static NTSTATUS ObpCheckRegistration(POB_CALLBACK_REGISTRATION Registration)
{
    NTSTATUS Status = STATUS_SUCCESS;

    if ((Registration->Version & 0xFF00) != (OB_FLT_REGISTRATION_VERSION & 0xFF00) ||
        Registration->OperationRegistrationCount == 0 || Registration->Altitude.Length == 0) {
        return STATUS_INVALID_PARAMETER;
    }
    for (ULONG Index = 0; Index < Registration->OperationRegistrationCount && NT_SUCCESS(Status);
         Index++) {
        Status = ObpCheckOperation(&Registration->OperationRegistration[Index]);
    }
    return Status;
}

/* ObpCopyRegistration: => NULL: memory is short */
static OBP_CALLBACK *ObpCopyRegistration(const OB_CALLBACK_REGISTRATION *Registration)
{
    SIZE_T Bytes = Registration->OperationRegistrationCount * sizeof(OB_OPERATION_REGISTRATION);
    OBP_CALLBACK *Callback = ExAllocatePoolZero(
        NonPagedPoolNx, sizeof(*Callback) + Bytes + Registration->Altitude.Length,
        OBP_TAG_CALLBACK);

    if (Callback != NULL) {
        Callback->Context = Registration->RegistrationContext;
        Callback->Count = Registration->OperationRegistrationCount;
        memcpy(Callback->Operations, Registration->OperationRegistration, Bytes);
        Callback->Altitude.Buffer = (PWSTR)&Callback->Operations[Callback->Count];
        Callback->Altitude.Length = Registration->Altitude.Length;
        Callback->Altitude.MaximumLength = Registration->Altitude.Length;
        memcpy(Callback->Altitude.Buffer, Registration->Altitude.Buffer,
               Registration->Altitude.Length);
    }
    return Callback;
}

/* ObpInsertCallback: enter a registration where its altitude belongs. */
static NTSTATUS ObpInsertCallback(OBP_CALLBACK *Callback)
{
    BOOLEAN Enabled = KiLockWord(&ObpCallbackLock);
    NTSTATUS Status = STATUS_INSUFFICIENT_RESOURCES;
    LONG Order = -1;
    ULONG At = 0;

    while (At < ObpCallbackCount &&
           (Order = ObpCompareAltitudes(&Callback->Altitude, &ObpCallbacks[At]->Altitude)) < 0) {
        At++;
    }
    if (Order == 0) {
        Status = STATUS_FLT_INSTANCE_ALTITUDE_COLLISION;
    } else if (ObpCallbackCount < OBP_CALLBACKS) {
        memmove(&ObpCallbacks[At + 1], &ObpCallbacks[At],
                (ObpCallbackCount - At) * sizeof(ObpCallbacks[0]));
        ObpCallbacks[At] = Callback;
        ObpCallbackCount++;
        Status = STATUS_SUCCESS;
    }
    KiUnlockWord(&ObpCallbackLock, Enabled);
    return Status;
}

/*
 * ObRegisterCallbacks: be asked before, and told after, a handle is made.
 * => STATUS_INVALID_PARAMETER: another version, or another type than processes and threads
 * => STATUS_ACCESS_DENIED: a routine does not lie in a driver linked with /INTEGRITYCHECK
 * => STATUS_FLT_INSTANCE_ALTITUDE_COLLISION, STATUS_INSUFFICIENT_RESOURCES.  IRQL <= APC_LEVEL.
 */
NTSTATUS NTAPI ObRegisterCallbacks(POB_CALLBACK_REGISTRATION CallbackRegistration,
                                   PVOID *RegistrationHandle)
{
    NTSTATUS Status = ObpCheckRegistration(CallbackRegistration);
    OBP_CALLBACK *Callback;

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Callback = ObpCopyRegistration(CallbackRegistration);
    if (Callback == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Status = ObpInsertCallback(Callback);
    if (!NT_SUCCESS(Status)) {
        ExFreePool(Callback);
        return Status;
    }
    *RegistrationHandle = Callback;
    return STATUS_SUCCESS;
}

/*
 * ObUnRegisterCallbacks: no more, and wait for the routines that run.
 * ["ObUnRegisterCallbacks function (wdm.h)"]
 * => IRQL <= APC_LEVEL
 */
VOID NTAPI ObUnRegisterCallbacks(PVOID RegistrationHandle)
{
    OBP_CALLBACK *Callback = RegistrationHandle;
    BOOLEAN Enabled = KiLockWord(&ObpCallbackLock);
    ULONG At = 0;

    while (At < ObpCallbackCount && ObpCallbacks[At] != Callback) {
        At++;
    }
    if (At < ObpCallbackCount) {
        ObpCallbackCount--;
        memmove(&ObpCallbacks[At], &ObpCallbacks[At + 1],
                (ObpCallbackCount - At) * sizeof(ObpCallbacks[0]));
    }
    KiUnlockWord(&ObpCallbackLock, Enabled);
    ExWaitForRundownProtectionRelease(&Callback->Uses);
    ExFreePool(Callback);
}

/* ObGetFilterVersion: ["ObGetFilterVersion function (wdm.h)"] */
USHORT NTAPI ObGetFilterVersion(VOID)
{
    return OB_FLT_REGISTRATION_VERSION;
}

/* ObpEnterCallbacks: keep every registration until ObpLeaveCallbacks. */
static VOID ObpEnterCallbacks(OBP_CALLS *Calls)
{
    BOOLEAN Enabled = KiLockWord(&ObpCallbackLock);

    Calls->Count = 0;
    for (ULONG Index = 0; Index < ObpCallbackCount; Index++) {
        /* Succeeds: one that is being taken back is not in the table any more. */
        if (ExAcquireRundownProtection(&ObpCallbacks[Index]->Uses)) {
            Calls->Context[Calls->Count] = NULL;
            Calls->Callback[Calls->Count++] = ObpCallbacks[Index];
        }
    }
    KiUnlockWord(&ObpCallbackLock, Enabled);
}

static VOID ObpLeaveCallbacks(const OBP_CALLS *Calls)
{
    for (ULONG Index = 0; Index < Calls->Count; Index++) {
        ExReleaseRundownProtection(&Calls->Callback[Index]->Uses);
    }
}

/* ObpConcerns: is a routine to be called for a handle of that type that is made? */
static BOOLEAN ObpConcerns(const OB_OPERATION_REGISTRATION *Operation, const OBP_TYPE *Type)
{
    return (const OBP_TYPE *)*Operation->ObjectType == Type &&
           (Operation->Operations & OB_OPERATION_HANDLE_CREATE) != 0;
}

/* ObpCallBefore: ask about a handle of Object.  => the access that is left */
static ACCESS_MASK ObpCallBefore(OBP_CALLS *Calls, PVOID Object, ACCESS_MASK Wanted, BOOLEAN Kernel)
{
    const OBP_TYPE *Type = ObpHeaderOf(Object)->Type;
    OB_PRE_OPERATION_PARAMETERS Parameters = {
        .CreateHandleInformation = {.DesiredAccess = Wanted, .OriginalDesiredAccess = Wanted}};

    for (ULONG Index = 0; Index < Calls->Count; Index++) {
        OBP_CALLBACK *Callback = Calls->Callback[Index];

        for (ULONG Which = 0; Which < Callback->Count; Which++) {
            const OB_OPERATION_REGISTRATION *Operation = &Callback->Operations[Which];
            OB_PRE_OPERATION_INFORMATION Information = {
                .Operation = OB_OPERATION_HANDLE_CREATE,
                .KernelHandle = Kernel,
                .Object = Object,
                .ObjectType = (POBJECT_TYPE)(ULONG_PTR)Type,
                .Parameters = &Parameters,
            };

            if (Operation->PreOperation != NULL && ObpConcerns(Operation, Type)) {
                Operation->PreOperation(Callback->Context, &Information);
                Calls->Context[Index] = Information.CallContext;
            }
        }
    }
    return Parameters.CreateHandleInformation.DesiredAccess;
}

/* ObpCallAfter: tell what has become of it. */
static VOID ObpCallAfter(const OBP_CALLS *Calls, PVOID Object, ACCESS_MASK Granted, BOOLEAN Kernel,
                         NTSTATUS Status)
{
    const OBP_TYPE *Type = ObpHeaderOf(Object)->Type;
    OB_POST_OPERATION_PARAMETERS Parameters = {
        .CreateHandleInformation = {.GrantedAccess = NT_SUCCESS(Status) ? Granted : 0}};

    for (ULONG Index = Calls->Count; Index-- != 0;) {
        const OBP_CALLBACK *Callback = Calls->Callback[Index];

        for (ULONG Which = 0; Which < Callback->Count; Which++) {
            const OB_OPERATION_REGISTRATION *Operation = &Callback->Operations[Which];
            OB_POST_OPERATION_INFORMATION Information = {
                .Operation = OB_OPERATION_HANDLE_CREATE,
                .KernelHandle = Kernel,
                .Object = Object,
                .ObjectType = (POBJECT_TYPE)(ULONG_PTR)Type,
                .CallContext = Calls->Context[Index],
                .ReturnStatus = Status,
                .Parameters = &Parameters,
            };

            if (Operation->PostOperation != NULL && ObpConcerns(Operation, Type)) {
                Operation->PostOperation(Callback->Context, &Information);
            }
        }
    }
}

NTSTATUS ObpOpenHandle(PVOID Object, ACCESS_MASK Access, ULONG Attributes, PHANDLE Handle)
{
    BOOLEAN Kernel = (Attributes & OBJ_KERNEL_HANDLE) != 0;
    OBP_CALLS Calls;
    ACCESS_MASK Granted;
    NTSTATUS Status;

    ObpEnterCallbacks(&Calls);
    Granted = ObpCallBefore(&Calls, Object, Access, Kernel);
    Status = ObpCreateHandle(Object, Attributes, Handle);
    ObpCallAfter(&Calls, Object, Granted, Kernel, Status);
    ObpLeaveCallbacks(&Calls);
    return Status;
}

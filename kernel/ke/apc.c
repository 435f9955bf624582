/* SPDX-License-Identifier: MIT */
/*
 * apc.c: asynchronous procedure calls: code that runs in a certain thread.
 *
 * A thread has a list of kernel APCs, the special ones (without a normal
 * routine) in front, and one of user APCs.  All is under the dispatcher lock.
 *
 *   special kernel APC   runs at APC_LEVEL whenever the thread is below that;
 *                        guarded regions and guarded mutexes hold it back
 *   normal kernel APC    its kernel routine runs so, its normal routine then at
 *                        PASSIVE_LEVEL; not inside another one's, nor in a
 *                        critical region, nor while the thread owns a mutex
 *   user APC             never runs, since there is no user mode; ends an
 *                        alertable wait in user mode
 *
 * Delivery is the interrupt of APC_LEVEL, on the processor where the thread
 * runs; KernelApcPending makes the switch to a thread ask for it.  That flag
 * may be set for nothing: who delivers looks at the list.
 *
 * References: "Types of APCs", "Waits and APCs", "Disabling APCs".  The
 * routines that queue APCs have no reference page; public drivers declare them.
 */
#include "ki.h"
#include "ke_apc.h"

/* KiFirstKernelApc: the kernel APC that can be delivered now, or NULL. */
static PKAPC KiFirstKernelApc(PKTHREAD Thread)
{
    PKAPC Apc;

    if (Thread->SpecialApcDisable != 0 || IsListEmpty(&Thread->Apcs[KernelMode])) {
        return NULL;
    }
    Apc = CONTAINING_RECORD(Thread->Apcs[KernelMode].Flink, KAPC, ApcListEntry);
    if (Apc->NormalRoutine != NULL &&
        (Thread->KernelApcDisable != 0 || Thread->KernelApcInProgress)) {
        return NULL;
    }
    return Apc;
}

BOOLEAN KiIsApcDeliverable(PKTHREAD Thread, KIRQL Irql)
{
    return Irql < APC_LEVEL && KiFirstKernelApc(Thread) != NULL;
}

VOID KiCheckApcs(PKTHREAD Thread)
{
    if (KiFirstKernelApc(Thread) == NULL) {
        return;
    }
    Thread->KernelApcPending = TRUE;
    if (Thread == KiGetCurrentThread()) {
        HalRequestSoftwareInterrupt(APC_LEVEL);
    } else if (Thread->State == KiRunning) {
        PKPRCB Prcb = KiProcessorBlock[Thread->Processor];

        KiStoreRelaxed(&Prcb->ApcDue, TRUE); /* read by KiDispatchThreads; the send orders it */
        KiInterruptProcessor(HalIpiDispatch, Prcb->Number);
    } else if (Thread->State == KiWaiting && Thread->WaitIrql < APC_LEVEL) {
        KiUnwaitThread(Thread, STATUS_KERNEL_APC, 0);
    }
}

/*
 * KeInitializeApc: set up an APC for Thread.
 *
 * => Without NormalRoutine it is a special kernel APC.
 */
VOID NTAPI KeInitializeApc(PKAPC Apc, PKTHREAD Thread, KAPC_ENVIRONMENT Environment,
                           PKKERNEL_ROUTINE KernelRoutine, PKRUNDOWN_ROUTINE RundownRoutine,
                           PKNORMAL_ROUTINE NormalRoutine, KPROCESSOR_MODE ApcMode,
                           PVOID NormalContext)
{
    UNREFERENCED_PARAMETER(Environment); /* no thread is ever attached to another process */
    RtlZeroMemory(Apc, sizeof(*Apc));
    Apc->Type = KiApcObject;
    Apc->Size = sizeof(*Apc);
    Apc->Thread = Thread;
    Apc->KernelRoutine = KernelRoutine;
    Apc->RundownRoutine = RundownRoutine;
    Apc->NormalRoutine = NormalRoutine;
    Apc->ApcMode = NormalRoutine != NULL ? ApcMode : KernelMode;
    Apc->NormalContext = NormalRoutine != NULL ? NormalContext : NULL;
}

/* KiLinkApc: behind all of its kind. */
static VOID KiLinkApc(PKTHREAD Thread, PKAPC Apc)
{
    PLIST_ENTRY List = &Thread->Apcs[(UCHAR)Apc->ApcMode];
    PLIST_ENTRY Link = List->Blink;

    if (Apc->NormalRoutine == NULL) {
        while (Link != List &&
               CONTAINING_RECORD(Link, KAPC, ApcListEntry)->NormalRoutine != NULL) {
            Link = Link->Blink;
        }
    }
    InsertHeadList(Link, &Apc->ApcListEntry);
    Apc->Inserted = TRUE;
}

/* KiQueueUserApc: what a user APC can still do. */
static VOID KiQueueUserApc(PKTHREAD Thread)
{
    Thread->UserApcPending = TRUE;
    if (Thread->State == KiWaiting && Thread->WaitAlertable && Thread->WaitMode == UserMode) {
        KiUnwaitThread(Thread, STATUS_USER_APC, 0);
    }
}

/*
 * KeInsertQueueApc: queue an APC.
 *
 * => FALSE if it is queued already, or its thread has ended.
 * => IRQL <= DISPATCH_LEVEL.
 */
BOOLEAN NTAPI KeInsertQueueApc(PKAPC Apc, PVOID SystemArgument1, PVOID SystemArgument2,
                               KPRIORITY Increment)
{
    PKTHREAD Thread = Apc->Thread;
    BOOLEAN Enabled = KiLockDispatcher();
    BOOLEAN Queued = !Apc->Inserted && !Thread->ApcsRefused;

    UNREFERENCED_PARAMETER(Increment);
    if (Queued) {
        Apc->SystemArgument1 = SystemArgument1;
        Apc->SystemArgument2 = SystemArgument2;
        KiLinkApc(Thread, Apc);
        if (Apc->ApcMode == KernelMode) {
            KiCheckApcs(Thread);
        } else {
            KiQueueUserApc(Thread);
        }
    }
    KiUnlockDispatcher(Enabled);
    return Queued;
}

/* KeRemoveQueueApc: take an APC back.  => FALSE: it was not queued.  IRQL <= DISPATCH_LEVEL. */
BOOLEAN NTAPI KeRemoveQueueApc(PKAPC Apc)
{
    BOOLEAN Enabled = KiLockDispatcher();
    BOOLEAN Removed = Apc->Inserted;

    if (Removed) {
        RemoveEntryList(&Apc->ApcListEntry);
        Apc->Inserted = FALSE;
    }
    KiUnlockDispatcher(Enabled);
    return Removed;
}

/* KiRunApc: run an APC that is in no list any more.  APC_LEVEL. */
static VOID KiRunApc(PKTHREAD Thread, PKAPC Apc)
{
    PKNORMAL_ROUTINE Normal = Apc->NormalRoutine;
    PVOID Context = Apc->NormalContext;
    PVOID Argument1 = Apc->SystemArgument1;
    PVOID Argument2 = Apc->SystemArgument2;

    /* It may free the object, and change or withdraw the rest. */
    Apc->KernelRoutine(Apc, &Normal, &Context, &Argument1, &Argument2);
    if (Normal != NULL) {
        Thread->KernelApcInProgress = TRUE;
        HalSetIrql(PASSIVE_LEVEL);
        Normal(Context, Argument1, Argument2);
        HalSetIrql(APC_LEVEL);
        Thread->KernelApcInProgress = FALSE;
    }
}

VOID KiDeliverApcs(VOID)
{
    PKTHREAD Thread = KiGetCurrentThread();
    PKAPC Apc;

    do {
        BOOLEAN Enabled = KiLockDispatcher();

        Apc = KiFirstKernelApc(Thread);
        if (Apc != NULL) {
            RemoveEntryList(&Apc->ApcListEntry);
            Apc->Inserted = FALSE;
        } else {
            Thread->KernelApcPending = FALSE;
        }
        KiUnlockDispatcher(Enabled);
        if (Apc != NULL) {
            KiRunApc(Thread, Apc);
        }
    } while (Apc != NULL);
}

/* KiApcInterrupt: the software interrupt of APC_LEVEL. */
VOID NTAPI KiApcInterrupt(VOID)
{
    if (KiLoadRelaxed(&KiGetCurrentThread()->KernelApcPending)) { /* stored by KiCheckApcs */
        KiDeliverApcs();
    }
}

/* KiRefuseApcs: the current thread ends: run what can run, drop the rest.  PASSIVE_LEVEL. */
VOID KiRefuseApcs(PKTHREAD Thread)
{
    BOOLEAN Enabled;

    HalSetIrql(APC_LEVEL);
    KiDeliverApcs();
    Enabled = KiLockDispatcher();
    Thread->ApcsRefused = TRUE;
    while (!IsListEmpty(&Thread->Apcs[UserMode]) || !IsListEmpty(&Thread->Apcs[KernelMode])) {
        PLIST_ENTRY List = &Thread->Apcs[IsListEmpty(&Thread->Apcs[UserMode]) ? KernelMode : UserMode];
        PKAPC Apc = CONTAINING_RECORD(RemoveHeadList(List), KAPC, ApcListEntry);

        Apc->Inserted = FALSE;
        KiUnlockDispatcher(Enabled);
        if (Apc->RundownRoutine != NULL) {
            Apc->RundownRoutine(Apc);
        }
        Enabled = KiLockDispatcher();
    }
    KiUnlockDispatcher(Enabled);
    HalSetIrql(PASSIVE_LEVEL);
}

/*
 * KeTestAlertThread: has somebody alerted the current thread?
 *
 * => FALSE always: there is no routine here that alerts a thread.  In user mode a user APC that
 *    waits to run shows from then on, as UserApcPending.
 * => IRQL <= DISPATCH_LEVEL.  No reference page; ntoskrnl.lib has it.
 */
BOOLEAN NTAPI KeTestAlertThread(KPROCESSOR_MODE AlertMode)
{
    PKTHREAD Thread = KiGetCurrentThread();
    BOOLEAN Enabled = KiLockDispatcher();

    if (AlertMode == UserMode && !IsListEmpty(&Thread->Apcs[UserMode])) {
        Thread->UserApcPending = TRUE;
    }
    KiUnlockDispatcher(Enabled);
    return FALSE;
}

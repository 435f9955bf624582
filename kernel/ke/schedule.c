/* SPDX-License-Identifier: MIT */
/*
 * schedule.c: which thread runs where.
 *
 * Theory
 *
 * One lock, the dispatcher lock, protects every thread's state, every ready
 * queue, every object that can be waited for and the timers.  It is a word
 * held with interrupts off (ki_lock.h), so its holder runs and lets go soon,
 * and a routine of a call that has interrupted a processor never meets it held
 * by that processor.
 *
 * A processor has one running thread, at most one that shall run next, and a
 * queue of ready threads for each priority.  The owner of the lock may give any
 * processor a next thread; that processor is told by the dispatch interrupt,
 * and switches at the end of it, or when it lets go of the lock below
 * DISPATCH_LEVEL.  The life of a thread:
 *
 *   Initialized -> Ready -> Running -> Terminated
 *                   ^  |     ^  |
 *                   |  v     |  v
 *                  Standby --+  Waiting -> (Ready)
 *
 * - A switch happens with the lock held and at DISPATCH_LEVEL.  The lock goes
 *   from the old thread to the new one, which releases it.  So a thread that
 *   others see as ready may still be on its stack, but whoever wants to run it
 *   needs the lock, and gets it when the stack is left.
 * - Each side of a switch keeps its own IRQL and interrupt flag in its own
 *   stack frame, and finds its processor again afterwards: it may be another.
 * - Reschedule says "look again"; who sets it for another processor sends the
 *   interrupt after that, and the other looks at the end of every dispatch
 *   interrupt.  It may be set for nothing, but something is never unsaid.
 * - Every processor has an idle thread, which runs when no other one does, is
 *   in no queue and may always be interrupted by whoever is ready.  In it the
 *   processor halts.
 *
 * A ready thread goes to the processor where it was last if that one idles or
 * runs something less important; else to the one that runs the least; else it
 * waits where it was last.  A processor with nothing to run looks through the
 * other queues.  Everything is decided by indexes and order of arrival, so
 * that the same interrupts give the same schedule.
 */
#include "ki.h"
#include "ki_lock.h"

static ULONG64 KiDispatcherLock;
static ULONG KiReadyThreads; /* in all ready queues */

#define KI_IDLE_PRIORITY (-1) /* below every thread's */

BOOLEAN KiLockDispatcher(VOID)
{
    return KiLockWord(&KiDispatcherLock);
}

VOID KiInitializeScheduler(PKPRCB Prcb)
{
    for (ULONG Priority = 0; Priority < KI_PRIORITIES; Priority++) {
        InitializeListHead(&Prcb->ReadyQueues[Priority]);
    }
}

/* KiInitializeThread: what every thread begins with; it may run on every processor of group 0. */
VOID KiInitializeThread(PKTHREAD Thread, PVOID StackBase, PVOID StackLimit)
{
    Thread->Header.Type = KiThread;
    Thread->Header.Size = sizeof(*Thread) / sizeof(ULONG);
    InitializeListHead(&Thread->Header.WaitListHead);
    Thread->InitialStack = StackBase;
    Thread->StackLimit = StackLimit;
    Thread->Priority = Thread->BasePriority = KI_NORMAL_PRIORITY;
    Thread->Quantum = KI_QUANTUM;
    Thread->UserAffinity.Mask = ~(KAFFINITY)0;
    Thread->Affinity = Thread->UserAffinity;
    Thread->Timer.Header.Type = KiNotificationTimer;
    InitializeListHead(&Thread->Timer.Header.WaitListHead);
    InitializeListHead(&Thread->Mutants);
    InitializeListHead(&Thread->Apcs[KernelMode]);
    InitializeListHead(&Thread->Apcs[UserMode]);
}

/* KiPrepareThread: build what KiSwapContext takes off a stack (switch.S). */
VOID KiPrepareThread(PKTHREAD Thread)
{
    PULONG64 Return = (PULONG64)Thread->InitialStack - 1;
    PUCHAR Stack = (PUCHAR)Return - 8 * 8 - 0xB8; /* on a stack that is zero */

    *Return = (ULONG64)KiThreadEntry;
    *(PULONG)Stack = KI_MXCSR_DEFAULT;
    *(PULONG)(Stack + 4) = KI_X87_DEFAULT;
    Thread->KernelStack = Stack;
}

static inline BOOLEAN KiMayRunOn(PKTHREAD Thread, PKPRCB Prcb)
{
    return Prcb->Group == Thread->Affinity.Group &&
           (Prcb->GroupSetMember & Thread->Affinity.Mask) != 0;
}

/* KiRunningPriority: of what runs on a processor, or will next. */
static KPRIORITY KiRunningPriority(PKPRCB Prcb)
{
    if (Prcb->NextThread != NULL) {
        return Prcb->NextThread->Priority;
    }
    return Prcb->CurrentThread == Prcb->IdleThread ? KI_IDLE_PRIORITY
                                                   : Prcb->CurrentThread->Priority;
}

/* KiChooseProcessor: where a ready thread goes; see above. */
static PKPRCB KiChooseProcessor(PKTHREAD Thread)
{
    PKPRCB Best = KiProcessorBlock[Thread->Processor];
    ULONG First = Thread->Affinity.Group * KiOptions.GroupSize;

    if (!KiIsProcessorActive(Thread->Processor) || !KiMayRunOn(Thread, Best)) {
        Best = NULL;
    }
    for (ULONG Number = 0; Number < KiOptions.GroupSize; Number++) {
        PKPRCB Prcb;

        if (Best != NULL && KiRunningPriority(Best) == KI_IDLE_PRIORITY) {
            break;
        }
        if ((Thread->Affinity.Mask >> Number & 1) == 0 || !KiIsProcessorActive(First + Number)) {
            continue;
        }
        Prcb = KiProcessorBlock[First + Number];
        if (Best == NULL || (KiRunningPriority(Prcb) < KiRunningPriority(Best) &&
                             KiRunningPriority(Best) >= Thread->Priority) ||
            KiRunningPriority(Prcb) == KI_IDLE_PRIORITY) {
            Best = Prcb;
        }
    }
    return Best;
}

/* KiPoke: make a processor look for what it shall run. */
static VOID KiPoke(PKPRCB Target)
{
    KiStoreRelaxed(&Target->Reschedule, TRUE); /* read by KiDispatchThreads; the send orders it */
    if (Target != KiCurrentPrcb()) {
        KiInterruptProcessor(HalIpiDispatch, Target->Number);
    }
}

static VOID KiInsertReady(PKPRCB Prcb, PKTHREAD Thread, BOOLEAN AtHead)
{
    PLIST_ENTRY Queue = &Prcb->ReadyQueues[Thread->Priority];

    if (AtHead) {
        InsertHeadList(Queue, &Thread->ReadyLink);
    } else {
        InsertTailList(Queue, &Thread->ReadyLink);
    }
    Thread->State = KiReady;
    Thread->Processor = Prcb->Number;
    KiStoreRelaxed(&Prcb->ReadySummary, Prcb->ReadySummary | 1u << Thread->Priority);
    KiStoreRelaxed(&KiReadyThreads, KiReadyThreads + 1); /* both read by KiQuantumTick */
}

static VOID KiRemoveReady(PKTHREAD Thread)
{
    PKPRCB Prcb = KiProcessorBlock[Thread->Processor];

    if (RemoveEntryList(&Thread->ReadyLink)) {
        KiStoreRelaxed(&Prcb->ReadySummary, Prcb->ReadySummary & ~(1u << Thread->Priority));
    }
    KiStoreRelaxed(&KiReadyThreads, KiReadyThreads - 1);
}

/* KiReadyThread: a thread can run: now, next, or when it is its turn. */
VOID KiReadyThread(PKTHREAD Thread, BOOLEAN AtHead)
{
    PKPRCB Target = KiChooseProcessor(Thread);
    PKTHREAD Displaced = Target->NextThread;

    if (Thread->Priority <= KiRunningPriority(Target)) {
        KiInsertReady(Target, Thread, AtHead);
        return;
    }
    Thread->State = KiStandby;
    Thread->Processor = Target->Number;
    Target->NextThread = Thread;
    if (Displaced != NULL) {
        KiInsertReady(Target, Displaced, TRUE);
    }
    KiPoke(Target);
}

/* KiFirstReady: the thread whose turn it is in a processor's queues, of at least that priority. */
static PKTHREAD KiFirstReady(PKPRCB Prcb, KPRIORITY Lowest)
{
    ULONG Summary = Lowest >= KI_PRIORITIES ? 0 : Prcb->ReadySummary >> Lowest << Lowest;

    if (Summary == 0) {
        return NULL;
    }
    return CONTAINING_RECORD(Prcb->ReadyQueues[31 - __builtin_clz(Summary)].Flink,
                             struct _KTHREAD,
                             ReadyLink);
}

/* KiFindElsewhere: the most important thread that waits for another processor and may run here. */
static PKTHREAD KiFindElsewhere(PKPRCB Prcb)
{
    PKTHREAD Best = NULL;

    for (ULONG Index = 0; Index < KI_MAXIMUM_PROCESSORS && KiIsProcessorActive(Index); Index++) {
        PKPRCB Other = KiProcessorBlock[Index];

        for (ULONG Left = Other->ReadySummary; Left != 0; Left &= Left - 1) {
            PLIST_ENTRY Queue = &Other->ReadyQueues[__builtin_ctz(Left)];

            for (PLIST_ENTRY Link = Queue->Flink; Link != Queue; Link = Link->Flink) {
                PKTHREAD Thread = CONTAINING_RECORD(Link, struct _KTHREAD, ReadyLink);

                if (KiMayRunOn(Thread, Prcb) &&
                    (Best == NULL || Thread->Priority > Best->Priority)) {
                    Best = Thread;
                    break;
                }
            }
        }
    }
    return Best;
}

/* KiTakeNext: take what this processor shall run, its current thread apart. */
static PKTHREAD KiTakeNext(PKPRCB Prcb)
{
    PKTHREAD Next = Prcb->NextThread;
    PKTHREAD Ready = KiFirstReady(Prcb, Next != NULL ? Next->Priority + 1 : 0);

    if (Ready == NULL && Next == NULL && KiReadyThreads != 0) {
        Ready = KiFindElsewhere(Prcb);
    }
    if (Ready != NULL) {
        KiRemoveReady(Ready);
        return Ready; /* more important than what stands by, which stays there */
    }
    Prcb->NextThread = NULL;
    return Next != NULL ? Next : Prcb->IdleThread;
}

/*
 * KiSwitchTo: leave the current thread, wherever it is queued already, for Next.
 *  => DISPATCH_LEVEL.  Returns when the thread runs again, on whichever processor.
 */
static VOID KiSwitchTo(PKPRCB Prcb, PKTHREAD Old, PKTHREAD Next)
{
    Next->State = KiRunning;
    Next->Processor = Prcb->Number;
    if (Next->Quantum <= 0) {
        Next->Quantum = KI_QUANTUM;
    }
    KiStoreRelaxed(&Prcb->IdleHalt, Next == Prcb->IdleThread); /* read by dpc.c */
    if (Next->KernelApcPending) {
        HalRequestSoftwareInterrupt(APC_LEVEL);
    }
    KiSwapContext(&Old->KernelStack, Next->KernelStack);
}

VOID KiSwitchAway(KIRQL Irql)
{
    PKPRCB Prcb = KiCurrentPrcb();
    PKTHREAD Old = Prcb->CurrentThread;
    PKTHREAD Next = KiTakeNext(Prcb);

    HalSetIrql(DISPATCH_LEVEL);
    Prcb->CurrentThread = Next;
    KiSwitchTo(Prcb, Old, Next);
    HalSetIrql(Irql);
}

/* KiDecay: a quantum is over: what a wake-up has added to the priority goes bit by bit. */
static VOID KiDecay(PKTHREAD Thread)
{
    Thread->Quantum = KI_QUANTUM;
    if (Thread->Priority < KI_LOW_REALTIME && Thread->Priority > Thread->BasePriority) {
        Thread->Priority--;
    }
}

/*
 * KiReschedule: switch if something else shall run here than the current thread.
 *  => DISPATCH_LEVEL, the lock held, before and after.
 */
static VOID KiReschedule(PKPRCB Prcb)
{
    PKTHREAD Old = Prcb->CurrentThread;
    BOOLEAN Idle = Old == Prcb->IdleThread;
    BOOLEAN TurnOver = Prcb->QuantumEnd && !Idle;
    BOOLEAN MustLeave = !Idle && !KiMayRunOn(Old, Prcb);
    KPRIORITY Lowest;

    KiStoreRelaxed(&Prcb->Reschedule, FALSE);
    Prcb->QuantumEnd = FALSE;
    if (TurnOver) {
        KiDecay(Old);
    }
    Lowest = Idle || MustLeave ? 0 : Old->Priority + !TurnOver;
    if (Prcb->NextThread == NULL && KiFirstReady(Prcb, Lowest) == NULL && !MustLeave &&
        (!Idle || KiReadyThreads == 0)) {
        return;
    }
    Prcb->CurrentThread = KiTakeNext(Prcb);
    if (Prcb->CurrentThread == Old) {
        return;
    }
    if (!Idle) {
        KiReadyThread(Old, !TurnOver);
    }
    KiSwitchTo(Prcb, Old, Prcb->CurrentThread);
}

VOID KiUnlockDispatcher(BOOLEAN Enabled)
{
    PKPRCB Prcb = KiCurrentPrcb();
    KIRQL Irql;

    if (KiLoadRelaxed(&Prcb->Reschedule)) {
        Irql = HalGetIrql();
        if (Irql < DISPATCH_LEVEL && Enabled) {
            HalSetIrql(DISPATCH_LEVEL);
            KiReschedule(Prcb);
            KiStoreRelease(&KiDispatcherLock, 0); /* partner: KiLockWord, here and below */
            HalSetIrql(Irql);
            HalRestoreInterrupts(TRUE);
            return;
        }
        if (!Prcb->Dpc.Active) { /* else the end of the dispatch interrupt looks */
            HalRequestSoftwareInterrupt(DISPATCH_LEVEL);
        }
    }
    KiUnlockWord(&KiDispatcherLock, Enabled);
}

/* KiDispatchThreads: the last part of the dispatch interrupt. */
VOID KiDispatchThreads(PKPRCB Prcb)
{
    if (KiLoadRelaxed(&Prcb->ApcDue)) { /* stored by KiCheckApcs */
        KiStoreRelaxed(&Prcb->ApcDue, FALSE);
        HalRequestSoftwareInterrupt(APC_LEVEL);
    }
    if (!KiLoadRelaxed(&Prcb->Reschedule)) { /* stored by KiPoke */
        return;
    }
    KiLockWord(&KiDispatcherLock);
    KiReschedule(Prcb);
    KiUnlockWord(&KiDispatcherLock, TRUE);
}

/* KiQuantumTick: one tick of this processor's current thread; an idle one looks for work. */
VOID KiQuantumTick(PKPRCB Prcb)
{
    PKTHREAD Thread = Prcb->CurrentThread;
    BOOLEAN Due;

    if (Thread == Prcb->IdleThread) {
        Due = KiLoadRelaxed(&KiReadyThreads) != 0; /* stored by KiInsertReady */
    } else {
        Due = --Thread->Quantum <= 0 && (KiLoadRelaxed(&Prcb->ReadySummary) != 0 ||
                                         Thread->Priority > Thread->BasePriority);
        if (Due) {
            Prcb->QuantumEnd = TRUE;
        }
    }
    if (Due) {
        KiStoreRelaxed(&Prcb->Reschedule, TRUE);
        HalRequestSoftwareInterrupt(DISPATCH_LEVEL);
    }
}

VOID KiEndQuantum(VOID)
{
    PKPRCB Prcb = KiCurrentPrcb();

    Prcb->QuantumEnd = TRUE;
    KiStoreRelaxed(&Prcb->Reschedule, TRUE);
}

/* KiTakeBack: take a thread that is ready or stands by out of there.  => FALSE: it is neither. */
static BOOLEAN KiTakeBack(PKTHREAD Thread)
{
    if (Thread->State == KiReady) {
        KiRemoveReady(Thread);
        return TRUE;
    }
    if (Thread->State == KiStandby) {
        KiProcessorBlock[Thread->Processor]->NextThread = NULL;
        return TRUE;
    }
    return FALSE;
}

VOID KiSetThreadPriority(PKTHREAD Thread, KPRIORITY Priority)
{
    BOOLEAN Again = KiTakeBack(Thread);
    BOOLEAN Lowered = Priority < Thread->Priority;

    Thread->Priority = (SCHAR)Priority;
    if (Again) {
        KiReadyThread(Thread, FALSE);
    } else if (Thread->State == KiRunning && Lowered) {
        KiPoke(KiProcessorBlock[Thread->Processor]);
    }
}

VOID KiSetThreadAffinity(PKTHREAD Thread, const GROUP_AFFINITY *Affinity)
{
    BOOLEAN Again = KiTakeBack(Thread);

    Thread->Affinity = *Affinity;
    if (Again) {
        KiReadyThread(Thread, FALSE);
    } else if (Thread->State == KiRunning &&
               !KiMayRunOn(Thread, KiProcessorBlock[Thread->Processor])) {
        KiPoke(KiProcessorBlock[Thread->Processor]);
    }
}

VOID KiBeginThread(VOID)
{
    KiStoreRelease(&KiDispatcherLock, 0); /* partner: KiLockWord */
    HalSetIrql(PASSIVE_LEVEL);
    HalRestoreInterrupts(TRUE);
}

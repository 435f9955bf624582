/* SPDX-License-Identifier: MIT */
/*
 * ki_thread.h: the thread, and what schedule.c, thread.c and the dispatcher
 * objects ask of each other.
 */
#pragma once

#include "hal.h"
#include "ki_atomic.h"

struct _KPRCB;

#define KI_PRIORITIES      32
#define KI_LOW_REALTIME    16 /* from here on a priority neither grows nor decays */
#define KI_NORMAL_PRIORITY 8  /* the system process's, and so its threads' */
#define KI_QUANTUM         2  /* ticks; then it is the turn of the next of the same priority */

/* DISPATCHER_HEADER.Type, as debuggers show it. */
typedef enum _KI_OBJECT {
    KiNotificationEvent = 0,
    KiSynchronizationEvent = 1,
    KiMutant = 2,
    KiProcess = 3,
    KiSemaphore = 5,
    KiThread = 6,
    KiNotificationTimer = 8,
    KiSynchronizationTimer = 9,
    KiApcObject = 18,
} KI_OBJECT;

/* Where a thread is; the dispatcher lock protects it. */
typedef enum _KI_THREAD_STATE {
    KiInitialized, /* has not run */
    KiReady,       /* in the ready queue of Processor */
    KiRunning,     /* CurrentThread of Processor */
    KiStandby,     /* NextThread of Processor */
    KiTerminated,  /* will not run again */
    KiWaiting,     /* its wait blocks are in the lists of what it waits for */
} KI_THREAD_STATE;

/* A thread.  Opaque to drivers, but for the first member: it can be waited for. */
struct _KTHREAD {
    DISPATCHER_HEADER Header; /* signaled when the thread has ended */
    PVOID InitialStack;       /* highest address */
    PVOID StackLimit;         /* lowest address */
    PVOID KernelStack;        /* while it does not run: where KiSwapContext has saved it */
    PVOID Process;

    /* schedule.c */
    UCHAR State; /* KI_THREAD_STATE */
    SCHAR Priority;
    SCHAR BasePriority;
    BOOLEAN SystemAffinity;  /* Affinity is not UserAffinity */
    LONG Quantum;            /* ticks left; its processor's tick counts */
    ULONG Processor;         /* index: where it is (see State), or was last */
    GROUP_AFFINITY Affinity; /* where it may run now .. */
    GROUP_AFFINITY UserAffinity; /* .. and when no driver wants otherwise */
    LIST_ENTRY ReadyLink;

    /* wait.c */
    NTSTATUS WaitStatus;
    ULONG WaitCount;         /* blocks in WaitBlocks, without the timer's */
    PKWAIT_BLOCK WaitBlocks;
    KWAIT_BLOCK WaitBlock[THREAD_WAIT_OBJECTS + 1]; /* the last one is the time-out's */
    KTIMER Timer;
    BOOLEAN WaitTimed;       /* the last block and Timer are in use */
    BOOLEAN WaitAlertable;
    KPROCESSOR_MODE WaitMode;
    KIRQL WaitIrql;
    LIST_ENTRY Mutants;      /* that it owns */

    /* apc.c; the two counts are the thread's own, negative = disabled */
    SHORT KernelApcDisable;
    SHORT SpecialApcDisable;
    BOOLEAN KernelApcInProgress;
    BOOLEAN KernelApcPending;
    BOOLEAN UserApcPending;
    BOOLEAN ApcsRefused;     /* the thread ends */
    LIST_ENTRY Apcs[MaximumMode];
};

/* KiGetCurrentThread: one instruction, so right at any IRQL. */
#define KiGetCurrentThread() ((PKTHREAD)__readgsqword(FIELD_OFFSET(KI_PCR, Prcb.CurrentThread)))

/* schedule.c */
BOOLEAN KiLockDispatcher(VOID);               /* interrupts off; => were they on? */
VOID KiUnlockDispatcher(BOOLEAN Enabled);     /* switches to another thread if one is due */
VOID KiInitializeScheduler(struct _KPRCB *Prcb);
VOID KiInitializeThread(PKTHREAD Thread, PVOID StackBase, PVOID StackLimit);
VOID KiPrepareThread(PKTHREAD Thread);        /* its first switch begins in KiThreadStartup */
/* The rest with the dispatcher lock held. */
VOID KiReadyThread(PKTHREAD Thread, BOOLEAN AtHead);
VOID KiSwitchAway(KIRQL Irql);                /* the current thread's State is no longer KiRunning; => at Irql */
VOID KiSetThreadPriority(PKTHREAD Thread, KPRIORITY Priority);
VOID KiSetThreadAffinity(PKTHREAD Thread, const GROUP_AFFINITY *Affinity);
VOID KiEndQuantum(VOID);                         /* the current thread has had its quantum */

VOID KiBeginThread(VOID);                     /* a new thread: let go of the lock that its switch has left it */
VOID KiQuantumTick(struct _KPRCB *Prcb);      /* CLOCK_LEVEL */
VOID KiDispatchThreads(struct _KPRCB *Prcb);  /* the last part of the dispatch interrupt */

/* switch.S */
VOID KiSwapContext(PVOID *OldStack, PVOID NewStack);
VOID KiThreadEntry(VOID);

/* thread.c */
VOID KiStartThread(PKTHREAD Thread);
DECLSPEC_NORETURN VOID KiThreadStartup(VOID); /* what a new thread runs first */
DECLSPEC_NORETURN VOID KiTerminateThread(VOID);
PKTHREAD KiAwaitDeadThread(VOID);             /* => one that has left its stack for good; waits for it */

/* wait.c; the dispatcher lock is held */
VOID KiTestWaiters(PVOID Object, KPRIORITY Increment); /* Object may be signaled now: wake whom it satisfies */
VOID KiUnwaitThread(PKTHREAD Thread, NTSTATUS Status, KPRIORITY Increment);
LONG KiSignalEvent(PRKEVENT Event, KPRIORITY Increment); /* event.c */

/* rtl/raise.c: raise an exception in the caller of an export; Caller: where that returns to. */
DECLSPEC_NORETURN VOID KiRaiseStatus(NTSTATUS Status, PVOID Caller);

/* timer.c */
VOID KiTickTimers(struct _KPRCB *Prcb);       /* CLOCK_LEVEL, the clock's owner */
VOID KiExpireTimers(struct _KPRCB *Prcb);
VOID KiInsertTimer(PKTIMER Timer, ULONG64 DueTime); /* the dispatcher lock is held, here and below */
BOOLEAN KiRemoveTimer(PKTIMER Timer);
PKTIMER KiFindTimerIn(PVOID Base, SIZE_T Size); /* takes the lock itself */
ULONG64 KiDueTime(LARGE_INTEGER Time, BOOLEAN *Passed);

/* apc.c */
BOOLEAN KiIsApcDeliverable(PKTHREAD Thread, KIRQL Irql); /* the dispatcher lock is held */
VOID KiDeliverApcs(VOID);                     /* APC_LEVEL */
VOID KiCheckApcs(PKTHREAD Thread);            /* make it deliver what it can; the lock is held */
VOID KiRefuseApcs(PKTHREAD Thread);           /* the current thread ends */

/* ps/thread.c */
DECLSPEC_NORETURN VOID PspThreadStartup(VOID);

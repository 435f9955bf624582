/* SPDX-License-Identifier: MIT */
/*
 * affinity.c: on which processors a thread may run.
 *
 * A thread has a user affinity, and a driver may put a system affinity over
 * it.  Setting one moves the current thread before the routine returns, or at
 * DISPATCH_LEVEL as soon as the level allows.  The routines that know no
 * groups mean group 0, as their reference pages say.
 *
 * The value 0 (in a GROUP_AFFINITY: mask 0) as previous affinity says that
 * there was no system affinity.
 */
#include "ki.h"

/* KiIsValidAffinity: only processors that the group can have, and an active one among them. */
static BOOLEAN KiIsValidAffinity(const GROUP_AFFINITY *Affinity)
{
    ULONG Maximum = KiMaximumInGroup(Affinity->Group);
    KAFFINITY All = Maximum >= 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << Maximum) - 1;

    return (Affinity->Mask & ~All) == 0 && (Affinity->Mask & KiGroupMask(Affinity->Group)) != 0;
}

/* KiSetSystemAffinity: => what to give back; mask 0: there was none.  The lock is held. */
static GROUP_AFFINITY KiSetSystemAffinity(PKTHREAD Thread, const GROUP_AFFINITY *Affinity)
{
    GROUP_AFFINITY Previous = {0};
    GROUP_AFFINITY New = {.Mask = Affinity->Mask, .Group = Affinity->Group};

    if (Thread->SystemAffinity) {
        Previous = Thread->Affinity;
    }
    Thread->SystemAffinity = TRUE;
    KiSetThreadAffinity(Thread, &New);
    return Previous;
}

/* KiRevertToUserAffinity: the lock is held. */
static VOID KiRevertToUserAffinity(PKTHREAD Thread)
{
    Thread->SystemAffinity = FALSE;
    KiSetThreadAffinity(Thread, &Thread->UserAffinity);
}

/*
 * KeSetSystemGroupAffinityThread: bind the current thread to processors of a group.
 *
 * => Nothing changes if Affinity is not valid (see above) or has a reserved word that is not 0;
 *    *PreviousAffinity is zero then.
 * => *PreviousAffinity (may be NULL): for KeRevertToUserGroupAffinityThread.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetSystemGroupAffinityThread function (wdm.h)".
 */
VOID NTAPI KeSetSystemGroupAffinityThread(PGROUP_AFFINITY Affinity,
                                          PGROUP_AFFINITY PreviousAffinity)
{
    GROUP_AFFINITY Previous = {0};

    if (KiIsValidAffinity(Affinity) &&
        (Affinity->Reserved[0] | Affinity->Reserved[1] | Affinity->Reserved[2]) == 0) {
        BOOLEAN Enabled = KiLockDispatcher();

        Previous = KiSetSystemAffinity(KiGetCurrentThread(), Affinity);
        KiUnlockDispatcher(Enabled);
    }
    if (PreviousAffinity != NULL) {
        *PreviousAffinity = Previous;
    }
}

/*
 * KeRevertToUserGroupAffinityThread: give back what KeSetSystemGroupAffinityThread returned.
 *
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeRevertToUserGroupAffinityThread function (wdm.h)".
 */
VOID NTAPI KeRevertToUserGroupAffinityThread(PGROUP_AFFINITY PreviousAffinity)
{
    BOOLEAN Enabled = KiLockDispatcher();

    if (PreviousAffinity->Mask == 0) {
        KiRevertToUserAffinity(KiGetCurrentThread());
    } else if (KiIsValidAffinity(PreviousAffinity)) {
        KiSetSystemAffinity(KiGetCurrentThread(), PreviousAffinity);
    }
    KiUnlockDispatcher(Enabled);
}

/*
 * KeSetSystemAffinityThreadEx: bind the current thread to processors of group 0.
 *
 * => Processors that are not active are left out; nothing changes if none is left.
 * => The previous system affinity, 0 if there was none; for KeRevertToUserAffinityThreadEx.
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeSetSystemAffinityThreadEx function (wdm.h)".
 */
KAFFINITY NTAPI KeSetSystemAffinityThreadEx(KAFFINITY Affinity)
{
    GROUP_AFFINITY New = {.Mask = Affinity & KiGroupMask(0)};
    GROUP_AFFINITY Previous;

    KeSetSystemGroupAffinityThread(&New, &Previous);
    return Previous.Mask;
}

/*
 * KeRevertToUserAffinityThreadEx: give back what KeSetSystemAffinityThreadEx returned.
 *
 * => IRQL <= DISPATCH_LEVEL.
 * => Reference: "KeRevertToUserAffinityThreadEx function (wdm.h)".
 */
VOID NTAPI KeRevertToUserAffinityThreadEx(KAFFINITY Affinity)
{
    GROUP_AFFINITY Previous = {.Mask = Affinity};

    KeRevertToUserGroupAffinityThread(&Previous);
}

/* KeSetSystemAffinityThread: without the previous one.  "KeSetSystemAffinityThread function (wdm.h)". */
VOID NTAPI KeSetSystemAffinityThread(KAFFINITY Affinity)
{
    KeSetSystemAffinityThreadEx(Affinity);
}

/* KeRevertToUserAffinityThread: "KeRevertToUserAffinityThread function (wdm.h)". */
VOID NTAPI KeRevertToUserAffinityThread(VOID)
{
    KeRevertToUserAffinityThreadEx(0);
}

/*
 * KeSetAffinityThread: set the user affinity of any thread to processors of group 0.
 *
 * => The mask before.  Bug check INVALID_AFFINITY_SET if no processor of the mask is active.
 * => A thread that runs elsewhere is moved, if not at once.  IRQL <= DISPATCH_LEVEL.
 * => Not in the reference pages; ntoskrnl.lib has it.
 */
KAFFINITY NTAPI KeSetAffinityThread(PKTHREAD Thread, KAFFINITY Affinity)
{
    GROUP_AFFINITY New = {.Mask = Affinity & KiGroupMask(0)};
    KAFFINITY Previous;
    BOOLEAN Enabled;

    if (New.Mask == 0) {
        KeBugCheckEx(INVALID_AFFINITY_SET, Affinity, 0, 0, 0);
    }
    Enabled = KiLockDispatcher();
    Previous = Thread->UserAffinity.Mask;
    Thread->UserAffinity = New;
    if (!Thread->SystemAffinity) {
        KiSetThreadAffinity(Thread, &New);
    }
    KiUnlockDispatcher(Enabled);
    return Previous;
}

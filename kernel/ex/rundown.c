/* SPDX-License-Identifier: MIT */
/*
 * rundown.c: run-down protection: many users of an object, and one who waits
 * until the last is gone and no new one comes.
 *
 * Count is twice the number of users while the object is in use.  Who waits
 * sets the lowest bit: then the rest of the word is the address of his wait
 * block, in which the users that are left are counted, or 0 when all are gone.
 *
 * Reference: "Run-Down Protection".
 */
#include "../ke/ki.h"

typedef struct _EXP_RUNDOWN_WAIT {
    ULONG64 Users;
    KEVENT Gone;
} EXP_RUNDOWN_WAIT, *PEXP_RUNDOWN_WAIT;

/* ExInitializeRundownProtection: nobody uses the object.  "ExInitializeRundownProtection function (wdm.h)". */
VOID FASTCALL ExInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KiStoreRelease(&RunRef->Count, 0); /* partner: all below */
}

/* ExReInitializeRundownProtection: usable again after a run-down.  "ExReInitializeRundownProtection function (wdm.h)". */
VOID FASTCALL ExReInitializeRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    KiStoreRelease(&RunRef->Count, 0);
}

/* ExRundownCompleted: no new user from here on.  "ExRundownCompleted function (wdm.h)". */
VOID FASTCALL ExRundownCompleted(PEX_RUNDOWN_REF RunRef)
{
    KiStoreRelease(&RunRef->Count, EX_RUNDOWN_ACTIVE);
}

/* ExAcquireRundownProtectionEx: become Count users at once; FALSE: too late.  IRQL <= DISPATCH_LEVEL. */
BOOLEAN FASTCALL ExAcquireRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    ULONG_PTR Seen = KiLoadRelaxed(&RunRef->Count);

    do {
        if ((Seen & EX_RUNDOWN_ACTIVE) != 0) {
            return FALSE;
        }
    } while (!KiCompareExchange(&RunRef->Count, &Seen,
                                Seen + (ULONG_PTR)Count * EX_RUNDOWN_COUNT_INC));
    return TRUE;
}

/* ExAcquireRundownProtection: "ExAcquireRundownProtection function (wdm.h)". */
BOOLEAN FASTCALL ExAcquireRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    return ExAcquireRundownProtectionEx(RunRef, 1);
}

/* ExReleaseRundownProtectionEx: the end of Count uses; the last one wakes who waits. */
VOID FASTCALL ExReleaseRundownProtectionEx(PEX_RUNDOWN_REF RunRef, ULONG Count)
{
    ULONG_PTR Seen = KiLoadAcquire(&RunRef->Count);

    while ((Seen & EX_RUNDOWN_ACTIVE) == 0) {
        if (KiCompareExchange(&RunRef->Count, &Seen,
                              Seen - (ULONG_PTR)Count * EX_RUNDOWN_COUNT_INC)) {
            return;
        }
    }
    PEXP_RUNDOWN_WAIT Wait = (PEXP_RUNDOWN_WAIT)(Seen & ~(ULONG_PTR)EX_RUNDOWN_ACTIVE);
    if (KiFetchAdd(&Wait->Users, -(ULONG64)Count) == Count) {
        KeSetEvent(&Wait->Gone, 0, FALSE);
    }
}

/* ExReleaseRundownProtection: "ExReleaseRundownProtection function (wdm.h)". */
VOID FASTCALL ExReleaseRundownProtection(PEX_RUNDOWN_REF RunRef)
{
    ExReleaseRundownProtectionEx(RunRef, 1);
}

/*
 * ExWaitForRundownProtectionRelease: let no new user in and wait until all are gone.
 *
 * => Called once; IRQL <= APC_LEVEL.
 * => Reference: "ExWaitForRundownProtectionRelease function (wdm.h)".
 */
VOID FASTCALL ExWaitForRundownProtectionRelease(PEX_RUNDOWN_REF RunRef)
{
    EXP_RUNDOWN_WAIT Wait;
    ULONG_PTR Seen = KiLoadAcquire(&RunRef->Count);

    KeInitializeEvent(&Wait.Gone, NotificationEvent, FALSE);
    do {
        if ((Seen & EX_RUNDOWN_ACTIVE) != 0) {
            return; /* it is over already */
        }
        Wait.Users = Seen / EX_RUNDOWN_COUNT_INC;
    } while (!KiCompareExchange(&RunRef->Count, &Seen,
                                Seen == 0 ? EX_RUNDOWN_ACTIVE
                                          : (ULONG_PTR)&Wait | EX_RUNDOWN_ACTIVE));
    if (Seen != 0) {
        KeWaitForSingleObject(&Wait.Gone, Executive, KernelMode, FALSE, NULL);
        KiStoreRelease(&RunRef->Count, EX_RUNDOWN_ACTIVE);
    }
}

/* SPDX-License-Identifier: MIT */
/* Every processor executes random bytes. */
#include "hostile.h"

static UCHAR *Code;

static VOID Routine(VOID)
{
    ((VOID(*)(VOID))(ULONG_PTR)(Code + KeGetCurrentProcessorNumberEx(NULL) * 16))();
}

static VOID Attack(VOID)
{
    ULONG64 state = 1234567;

    Code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    for (ULONG i = 0; i < PAGE; i++) {
        Code[i] = (UCHAR)Next(&state);
    }
    Everywhere(Routine);
}

/* SPDX-License-Identifier: MIT */
/* Executes random bytes. */
#include "hostile.h"

static VOID Attack(VOID)
{
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < PAGE; i++) {
        code[i] = (UCHAR)Next(&state);
    }
    ((VOID(*)(VOID))(ULONG_PTR)code)();
}

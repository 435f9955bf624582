/* SPDX-License-Identifier: MIT */
/* Code that a device interrupts keeps every register, flag, XMM register and MXCSR, at edges and at levels. */
#include "hpet.h"
#include "registers.h"

#define TIMES 200

static CONTRACT_TIMER Timer;
static volatile LONG Times, Stop;
static volatile LONG64 Turns;

/* Leave what a routine may change in a mess. */
static VOID Spoil(VOID)
{
    ULONG Csr = 0x1F80 ^ 0x6000;

    __asm__ volatile("mov $-1, %%rax\n\tmov $-2, %%rcx\n\tmov $-3, %%rdx\n\tmov $-4, %%r8\n\t"
                     "mov $-5, %%r9\n\tmov $-6, %%r10\n\tmov $-7, %%r11\n\t"
                     "pcmpeqd %%xmm0, %%xmm0\n\tpcmpeqd %%xmm1, %%xmm1\n\tpcmpeqd %%xmm2, %%xmm2\n\t"
                     "pcmpeqd %%xmm3, %%xmm3\n\tpcmpeqd %%xmm4, %%xmm4\n\tpcmpeqd %%xmm5, %%xmm5\n\t"
                     "ldmxcsr %0\n\tstc\n\tcmp $1, %%rax"
                     :
                     : "m"(Csr)
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "cc");
}

static BOOLEAN NTAPI Serve(PKINTERRUPT Interrupt, PVOID Context)
{
    ULONG Csr;
    ULONG_PTR Aligned = (ULONG_PTR)__builtin_frame_address(0);

    UNREFERENCED_PARAMETER(Interrupt);
    if (!ContractClaim(Context)) {
        return FALSE;
    }
    __asm__ volatile("stmxcsr %0" : "=m"(Csr));
    CHECK_EQUAL(Csr & 0xFFC0, 0x1F80);
    CHECK((__readeflags() & 0x400) == 0); /* the direction flag, which the interrupted code sets */
    CHECK_EQUAL(Aligned % 16, 0);
    if (InterlockedIncrement(&Times) < TIMES) {
        ContractArm(Context, 500);
    } else {
        InterlockedExchange(&Stop, 1);
    }
    Spoil();
    return TRUE;
}

static VOID Round(KINTERRUPT_MODE Mode)
{
    Times = 0;
    Stop = 0;
    Turns = 0;
    ContractChooseLine(&Timer, 0, Mode);
    CHECK_EQUAL(ContractConnect(&Timer, Mode, Serve, &Timer, 0), STATUS_SUCCESS);
    ContractArm(&Timer, 500);
    CHECK_EQUAL(CountInEveryRegister(&Stop, &Turns), 0);
    CHECK(Turns > 0);
    ContractDisconnect(&Timer);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(ContractMapHpet());
    KeSetSystemAffinityThread(1); /* where the line goes */
    Round(Latched);
    Round(LevelSensitive);
    return CONTRACT_RESULT();
}

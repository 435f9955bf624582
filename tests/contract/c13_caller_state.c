/* SPDX-License-Identifier: MIT */
/* C13: on return the caller's IRQL, interrupt flag, non-volatile registers and MXCSR are as before. */
#include "contract.h"

typedef struct _STATE {
    ULONG64 Call;      /* 00 */
    ULONG64 Worker;    /* 08 */
    ULONG64 Value[8];  /* 10 rbx rbp rsi rdi r12-r15 */
    ULONG64 Xmm[20];   /* 50 xmm6-xmm15 */
    ULONG64 Result;    /* F0 */
} STATE;

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    __asm__ volatile("xorps %%xmm0, %%xmm0\n\txorps %%xmm3, %%xmm3\n\txorps %%xmm5, %%xmm5" ::: "xmm0", "xmm3", "xmm5");
    return Argument;
}

/* Load every non-volatile register from State, call, and store what they hold afterwards back into it. */
static VOID CallWithState(STATE *State)
{
    __asm__ volatile(
        "movdqu 0x50(%%rax), %%xmm6\n\tmovdqu 0x60(%%rax), %%xmm7\n\tmovdqu 0x70(%%rax), %%xmm8\n\t"
        "movdqu 0x80(%%rax), %%xmm9\n\tmovdqu 0x90(%%rax), %%xmm10\n\tmovdqu 0xA0(%%rax), %%xmm11\n\t"
        "movdqu 0xB0(%%rax), %%xmm12\n\tmovdqu 0xC0(%%rax), %%xmm13\n\tmovdqu 0xD0(%%rax), %%xmm14\n\t"
        "movdqu 0xE0(%%rax), %%xmm15\n\t"
        "push %%rbp\n\tmov %%rsp, %%r10\n\tsub $0x40, %%rsp\n\tand $-16, %%rsp\n\t"
        "mov %%r10, 0x38(%%rsp)\n\tmov %%rax, 0x30(%%rsp)\n\t"
        "mov 0x08(%%rax), %%rcx\n\tmov $0x99, %%edx\n\t"
        "mov 0x10(%%rax), %%rbx\n\tmov 0x18(%%rax), %%rbp\n\tmov 0x20(%%rax), %%rsi\n\tmov 0x28(%%rax), %%rdi\n\t"
        "mov 0x30(%%rax), %%r12\n\tmov 0x38(%%rax), %%r13\n\tmov 0x40(%%rax), %%r14\n\tmov 0x48(%%rax), %%r15\n\t"
        "call *(%%rax)\n\t"
        "mov 0x30(%%rsp), %%r11\n\tmov 0x38(%%rsp), %%rsp\n\tmov %%rax, 0xF0(%%r11)\n\t"
        "mov %%rbx, 0x10(%%r11)\n\tmov %%rbp, 0x18(%%r11)\n\tmov %%rsi, 0x20(%%r11)\n\tmov %%rdi, 0x28(%%r11)\n\t"
        "mov %%r12, 0x30(%%r11)\n\tmov %%r13, 0x38(%%r11)\n\tmov %%r14, 0x40(%%r11)\n\tmov %%r15, 0x48(%%r11)\n\t"
        "movdqu %%xmm6, 0x50(%%r11)\n\tmovdqu %%xmm7, 0x60(%%r11)\n\tmovdqu %%xmm8, 0x70(%%r11)\n\t"
        "movdqu %%xmm9, 0x80(%%r11)\n\tmovdqu %%xmm10, 0x90(%%r11)\n\tmovdqu %%xmm11, 0xA0(%%r11)\n\t"
        "movdqu %%xmm12, 0xB0(%%r11)\n\tmovdqu %%xmm13, 0xC0(%%r11)\n\tmovdqu %%xmm14, 0xD0(%%r11)\n\t"
        "movdqu %%xmm15, 0xE0(%%r11)\n\tpop %%rbp\n\t"
        : "+a"(State)
        :
        : "rcx", "rdx", "rbx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm1",
          "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14",
          "xmm15", "memory", "cc");
}

static VOID CheckRegisters(VOID)
{
    STATE State;

    State.Call = (ULONG64)KeIpiGenericCall;
    State.Worker = (ULONG64)Routine;
    for (ULONG Word = 0; Word < RTL_NUMBER_OF(State.Value); Word++) {
        State.Value[Word] = 0x1111111111111111ull * (Word + 1);
    }
    for (ULONG Word = 0; Word < RTL_NUMBER_OF(State.Xmm); Word++) {
        State.Xmm[Word] = 0x0102030405060708ull * (Word + 1);
    }
    CallWithState(&State);
    CHECK_EQUAL(State.Result, 0x99);
    for (ULONG Word = 0; Word < RTL_NUMBER_OF(State.Value); Word++) {
        CHECK_EQUAL(State.Value[Word], 0x1111111111111111ull * (Word + 1));
    }
    for (ULONG Word = 0; Word < RTL_NUMBER_OF(State.Xmm); Word++) {
        CHECK_EQUAL(State.Xmm[Word], 0x0102030405060708ull * (Word + 1));
    }
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Csr, After;

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    for (ULONG Round = 0; Round < 100; Round++) {
        CheckRegisters();
    }
    __asm__ volatile("stmxcsr %0" : "=m"(Csr));
    Csr ^= 0x6000; /* another rounding mode */
    __asm__ volatile("ldmxcsr %0" ::"m"(Csr));
    KeIpiGenericCall(Routine, 0);
    __asm__ volatile("stmxcsr %0" : "=m"(After));
    CHECK_EQUAL(After, Csr);
    Csr ^= 0x6000;
    __asm__ volatile("ldmxcsr %0" ::"m"(Csr));
    CHECK_EQUAL(KeGetCurrentIrql(), PASSIVE_LEVEL);
    CHECK((__readeflags() & 0x200) != 0);
    return CONTRACT_RESULT();
}

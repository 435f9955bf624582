/* SPDX-License-Identifier: MIT */
/*
 * A thread that is preempted, moved to another processor and woken keeps every register, flag, XMM
 * register and MXCSR.
 */
#include "registers.h"
#include "threads.h"

#define THREADS 3
#define MOVES   200

static CONTRACT_THREAD Threads[THREADS];
static volatile LONG Stop;
static volatile LONG64 Turns[THREADS];

static VOID Count(PVOID Context)
{
    CHECK_EQUAL(CountInEveryRegister(&Stop, Context), 0);
}

/* What the calling convention keeps over a wait, with other threads in between. */
static VOID CheckWait(VOID)
{
    LARGE_INTEGER Interval = {.QuadPart = -10000};
    ULONG Csr = 0x3F80, After, Default = 0x1F80;
    ULONG64 Bits = 0x123456789ABCDEFull, Xmm;

    __asm__ volatile("ldmxcsr %0" ::"m"(Csr));
    __asm__ volatile("movq %[bits], %%xmm9\n\t"
                     "mov %[interval], %%r8\n\txor %%ecx, %%ecx\n\txor %%edx, %%edx\n\t"
                     "sub $0x30, %%rsp\n\tcall *%[wait]\n\tadd $0x30, %%rsp\n\tmovq %%xmm9, %[out]"
                     : [out] "=&r"(Xmm)
                     : [bits] "b"(Bits), [interval] "D"(&Interval),
                       [wait] "S"(KeDelayExecutionThread)
                     : "rax", "rcx", "rdx", "r8", "r9", "r10", "r11", "xmm0", "xmm1", "xmm2",
                       "xmm3", "xmm4", "xmm5", "xmm9", "memory", "cc");
    __asm__ volatile("stmxcsr %0" : "=m"(After));
    __asm__ volatile("ldmxcsr %0" ::"m"(Default));
    CHECK_EQUAL(Xmm, Bits);
    CHECK_EQUAL(After & 0xFFC0, Csr);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Processors = (ULONG)KeQueryActiveProcessorCountEx(0);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    KeSetPriorityThread(KeGetCurrentThread(), LOW_REALTIME_PRIORITY);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractStartThread(&Threads[Index], Count, (PVOID)&Turns[Index]);
    }
    for (ULONG Move = 0; Move < MOVES; Move++) {
        KeSetAffinityThread(Threads[Move % THREADS].Thread, (KAFFINITY)1 << Move % Processors);
        if (Move % 20 == 0) {
            CheckWait();
        }
    }
    for (ULONG Index = 0; Index < THREADS; Index++) {
        LONG64 Before = Turns[Index];

        /* All three on one processor: each has its quantum. */
        KeSetAffinityThread(Threads[Index].Thread, 1);
        for (ULONG Try = 0; Turns[Index] == Before && Try < 500; Try++) {
            ContractSleep(15);
        }
        CHECK(Turns[Index] > Before);
    }
    InterlockedExchange(&Stop, 1);
    for (ULONG Index = 0; Index < THREADS; Index++) {
        ContractJoinThread(&Threads[Index]);
    }
    return CONTRACT_RESULT();
}

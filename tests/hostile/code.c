/* SPDX-License-Identifier: MIT */
/* Code that is no code, that changes itself, that never returns. */
#include "hostile.h"

/* Executes random bytes. */
static VOID Garbage(VOID)
{
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG64 state = 88172645463325252ull;

    for (ULONG i = 0; i < PAGE; i++) {
        code[i] = (UCHAR)Next(&state);
    }
    ((VOID(*)(VOID))(ULONG_PTR)code)();
}

static UCHAR *GarbageEverywhereCode;

static VOID GarbageEverywhereRoutine(VOID)
{
    ((VOID(*)(VOID))(ULONG_PTR)(GarbageEverywhereCode + KeGetCurrentProcessorNumberEx(NULL) * 16))();
}

/* Every processor executes random bytes. */
static VOID GarbageEverywhere(VOID)
{
    ULONG64 state = 1234567;

    GarbageEverywhereCode = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    for (ULONG i = 0; i < PAGE; i++) {
        GarbageEverywhereCode[i] = (UCHAR)Next(&state);
    }
    Everywhere(GarbageEverywhereRoutine);
}

static volatile UCHAR JumpDataData[16] = {0xC3};

/* Jumps into its data. */
static VOID JumpData(VOID)
{
    ((VOID(*)(VOID))(ULONG_PTR)JumpDataData)();
}

/* Jumps into the registers of a device. */
static VOID JumpDevice(VOID)
{
    VOID *hpet = Registers(0xFED00000);

    *PageEntry(hpet) &= ~(1ull << 63);
    __asm__ volatile("invlpg (%0)" : : "r"(hpet) : "memory");
    ((VOID(*)(VOID))(ULONG_PTR)hpet)();
}

/* Jumps to an address that no processor has. */
static VOID JumpNoncanonical(VOID)
{
    ((VOID(*)(VOID))0x8000000000000000ull)();
}

/* Jumps to memory that is not there. */
static VOID JumpNowhere(VOID)
{
    ((VOID(*)(VOID))0x1000)();
}

/* Locks an instruction that cannot be locked. */
static VOID LockIllegal(VOID)
{
    __asm__ volatile(".byte 0xF0, 0x90"); /* lock nop */
}

/* An instruction of more than 15 bytes. */
static VOID LongInstruction(VOID)
{
    __asm__ volatile(".fill 15, 1, 0x66\n\tnop");
}

static volatile ULONG RecursionDeep = 1;

static ULONG RecursionDescend(ULONG Level)
{
    volatile UCHAR local[256];

    local[Level % sizeof(local)] = (UCHAR)Level;
    return RecursionDeep == 0 ? local[0] : RecursionDescend(Level + 1) + local[Level % sizeof(local)];
}

/* Calls itself for ever. */
static VOID Recursion(VOID)
{
    RecursionDescend(0);
}

static volatile ULONG RecursionEverywhereDeep = 1;

static ULONG RecursionEverywhereDescend(ULONG Level)
{
    volatile UCHAR local[256];

    local[Level % sizeof(local)] = (UCHAR)Level;
    return RecursionEverywhereDeep == 0 ? local[0] : RecursionEverywhereDescend(Level + 1) + local[Level % sizeof(local)];
}

static VOID RecursionEverywhereRoutine(VOID)
{
    RecursionEverywhereDescend(0);
}

/* Every processor's routine calls itself for ever. */
static VOID RecursionEverywhere(VOID)
{
    Everywhere(RecursionEverywhereRoutine);
}

/* Code that changes itself while it runs: not an error. */
static VOID SelfModify(VOID)
{
    /* add eax, 1; ret; the 1 is changed. */
    static const UCHAR Code[] = {0x83, 0xC0, 0x01, 0xC3};
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG sum = 0;

    RtlCopyMemory(code, Code, sizeof(Code));
    for (ULONG i = 0; i < 1000; i++) {
        ((volatile UCHAR *)code)[2] = (UCHAR)(i & 63);
        __asm__ volatile("call *%1" : "+a"(sum) : "r"(code) : "memory", "cc");
    }
    DbgPrint("%u\n", sum);
    ExFreePoolWithTag(code, 'lsoH');
}

static UCHAR *SelfModifyEverywhereCode;

static VOID SelfModifyEverywhereRoutine(VOID)
{
    ULONG sum = 0;

    for (ULONG i = 0; i < 100; i++) {
        __atomic_exchange_n(&SelfModifyEverywhereCode[2], (UCHAR)(i & 63), __ATOMIC_SEQ_CST);
        __asm__ volatile("call *%1" : "+a"(sum) : "r"(SelfModifyEverywhereCode) : "memory", "cc");
    }
}

/* All processors change the same code and run it: not an error. */
static VOID SelfModifyEverywhere(VOID)
{
    static const UCHAR Bytes[] = {0x83, 0xC0, 0x01, 0xC3}; /* add eax, 1; ret */

    SelfModifyEverywhereCode = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    RtlCopyMemory(SelfModifyEverywhereCode, Bytes, sizeof(Bytes));
    Everywhere(SelfModifyEverywhereRoutine);
    ExFreePoolWithTag(SelfModifyEverywhereCode, 'lsoH');
}

/* A store that changes the very next instruction: not an error. */
static VOID SelfModifyOwn(VOID)
{
    /* mov byte [rip + 1], 42; mov eax, 1; ret: the 1 becomes 42 before it is loaded. */
    static const UCHAR Bytes[] = {0xC6, 0x05, 0x01, 0, 0, 0, 42, 0xB8, 1, 0, 0, 0, 0xC3};
    UCHAR *code = ExAllocatePoolWithTag(NonPagedPool, PAGE, 'lsoH');
    ULONG value;

    RtlCopyMemory(code, Bytes, sizeof(Bytes));
    __asm__ volatile("call *%1" : "=a"(value) : "r"(code) : "memory", "cc");
    DbgPrint("%u\n", value);
    ExFreePoolWithTag(code, 'lsoH');
}

static const struct attack Attacks[] = {
    {"garbage", Garbage},
    {"garbage_everywhere", GarbageEverywhere},
    {"jump_data", JumpData},
    {"jump_device", JumpDevice},
    {"jump_noncanonical", JumpNoncanonical},
    {"jump_nowhere", JumpNowhere},
    {"lock_illegal", LockIllegal},
    {"long_instruction", LongInstruction},
    {"recursion", Recursion},
    {"recursion_everywhere", RecursionEverywhere},
    {"self_modify", SelfModify},
    {"self_modify_everywhere", SelfModifyEverywhere},
    {"self_modify_own", SelfModifyOwn},
};

ATTACKS(Attacks)

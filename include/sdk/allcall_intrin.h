/* SPDX-License-Identifier: MIT */
/*
 * allcall_intrin.h: compiler intrinsics of Microsoft's compiler that drivers use
 * and mingw-w64's <intrin.h> either lacks or only declares.
 *
 * Reference: Microsoft, "x64 (amd64) Intrinsics List".
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

#define ALLCALL_INTRINSIC extern __inline__ __attribute__((__always_inline__, __gnu_inline__))

ALLCALL_INTRINSIC void _disable(void)
{
    __asm__ __volatile__("cli" ::: "memory");
}

ALLCALL_INTRINSIC void _enable(void)
{
    __asm__ __volatile__("sti" ::: "memory");
}

ALLCALL_INTRINSIC void __halt(void)
{
    __asm__ __volatile__("hlt" ::: "memory");
}

ALLCALL_INTRINSIC void __nop(void)
{
    __asm__ __volatile__("nop");
}

ALLCALL_INTRINSIC void __wbinvd(void)
{
    __asm__ __volatile__("wbinvd" ::: "memory");
}

ALLCALL_INTRINSIC void __invlpg(void *Address)
{
    __asm__ __volatile__("invlpg (%0)" ::"r"(Address) : "memory");
}

ALLCALL_INTRINSIC void __lidt(void *Source)
{
    __asm__ __volatile__("lidt (%0)" ::"r"(Source) : "memory");
}

ALLCALL_INTRINSIC void __sidt(void *Destination)
{
    __asm__ __volatile__("sidt (%0)" ::"r"(Destination) : "memory");
}

ALLCALL_INTRINSIC void _lgdt(void *Source)
{
    __asm__ __volatile__("lgdt (%0)" ::"r"(Source) : "memory");
}

ALLCALL_INTRINSIC void _sgdt(void *Destination)
{
    __asm__ __volatile__("sgdt (%0)" ::"r"(Destination) : "memory");
}

/* A register's number must be a constant: it is part of the instruction. */
ALLCALL_INTRINSIC unsigned __int64 __readdr(unsigned int Register)
{
    unsigned __int64 Value = 0;

    switch (Register) {
    case 0: __asm__ __volatile__("mov %%dr0, %0" : "=r"(Value)); break;
    case 1: __asm__ __volatile__("mov %%dr1, %0" : "=r"(Value)); break;
    case 2: __asm__ __volatile__("mov %%dr2, %0" : "=r"(Value)); break;
    case 3: __asm__ __volatile__("mov %%dr3, %0" : "=r"(Value)); break;
    case 6: __asm__ __volatile__("mov %%dr6, %0" : "=r"(Value)); break;
    case 7: __asm__ __volatile__("mov %%dr7, %0" : "=r"(Value)); break;
    }
    return Value;
}

ALLCALL_INTRINSIC void __writedr(unsigned int Register, unsigned __int64 Value)
{
    switch (Register) {
    case 0: __asm__ __volatile__("mov %0, %%dr0" ::"r"(Value)); break;
    case 1: __asm__ __volatile__("mov %0, %%dr1" ::"r"(Value)); break;
    case 2: __asm__ __volatile__("mov %0, %%dr2" ::"r"(Value)); break;
    case 3: __asm__ __volatile__("mov %0, %%dr3" ::"r"(Value)); break;
    case 6: __asm__ __volatile__("mov %0, %%dr6" ::"r"(Value)); break;
    case 7: __asm__ __volatile__("mov %0, %%dr7" ::"r"(Value)); break;
    }
}

ALLCALL_INTRINSIC unsigned __int64 __readpmc(unsigned long Counter)
{
    unsigned int Low, High;

    __asm__ __volatile__("rdpmc" : "=a"(Low), "=d"(High) : "c"((unsigned int)Counter));
    return (unsigned __int64)High << 32 | Low;
}

/* <wdm.h> has it for x86 only.  ["KeMemoryBarrier function (wdm.h)"] */
#ifndef KeMemoryBarrier
ALLCALL_INTRINSIC void KeMemoryBarrier(void)
{
    __sync_synchronize();
}
#define KeMemoryBarrier KeMemoryBarrier
#endif

#ifndef _ReturnAddress
#define _ReturnAddress()          __builtin_return_address(0)
#endif

ALLCALL_INTRINSIC unsigned long __segmentlimit(unsigned long Selector)
{
    unsigned int Limit;

    __asm__("lsl %1, %0" : "=r"(Limit) : "r"((unsigned int)Selector));
    return Limit;
}

#ifndef __clang__ /* which has these */
__attribute__((__noreturn__)) ALLCALL_INTRINSIC void __fastfail(unsigned int Code)
{
    __asm__ __volatile__("int $0x29" ::"c"(Code) : "memory");
    __builtin_unreachable();
}

__attribute__((__noreturn__)) ALLCALL_INTRINSIC void __ud2(void)
{
    __asm__ __volatile__("ud2");
    __builtin_unreachable();
}
#endif

#ifdef __cplusplus
}
#endif

/* SPDX-License-Identifier: MIT */
/*
 * nt.h: the NT types that kernel/rtl/unwind.c needs, for a native compiler.
 *
 * The context has only what an unwind looks at, in Windows' order.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define NTAPI __attribute__((ms_abi))
#define VOID  void
#define TRUE  1
#define FALSE 0

typedef uint8_t UCHAR, BOOLEAN;
typedef int8_t CHAR;
typedef uint16_t USHORT;
typedef int32_t LONG;
typedef uint32_t ULONG;
typedef int64_t LONG64;
typedef uint64_t ULONG64, *PULONG64;
typedef void *PVOID;

typedef struct _M128A {
    ULONG64 Low;
    LONG64 High;
} M128A, *PM128A;

typedef struct _CONTEXT {
    ULONG64 Rax, Rcx, Rdx, Rbx, Rsp, Rbp, Rsi, Rdi, R8, R9, R10, R11, R12, R13, R14, R15, Rip;
    M128A Xmm0, Xmm1, Xmm2, Xmm3, Xmm4, Xmm5, Xmm6, Xmm7, Xmm8, Xmm9, Xmm10, Xmm11, Xmm12, Xmm13,
        Xmm14, Xmm15;
} CONTEXT, *PCONTEXT;

#define RtlZeroMemory(Destination, Length) memset(Destination, 0, Length)

/* SPDX-License-Identifier: MIT */
/*
 * faults.h: what faults, and the filters that look at what has happened.
 *
 * clang takes an exception to come from a call only, so whatever faults
 * is a function that is not inlined.
 */
#pragma once

#include "everywhere.h"

/* Put for use as, or in, a filter. */
static APART LONG Say(TRACE *Trace, CHAR Letter, LONG Answer)
{
    Put(Trace, Letter);
    return Answer;
}

/* What faults. */

static APART VOID Undefined(VOID)
{
    __asm__ volatile("ud2");
}

static APART VOID Breakpoint(VOID)
{
    __asm__ volatile("int3");
}

static APART VOID Privileged(VOID)
{
    __asm__ volatile("ltr %w0" : : "r"(0xFFF8)); /* no such descriptor */
}

static APART ULONG Divide(ULONG Dividend, ULONG Divisor)
{
    ULONG Quotient = Dividend;

    __asm__ volatile("xorl %%edx, %%edx; divl %1" : "+a"(Quotient) : "c"(Divisor) : "rdx", "cc"); /* 2 bytes */
    return Quotient;
}

static APART ULONG64 Read(ULONG64 Address)
{
    ULONG64 Value;

    __asm__ volatile("movq (%1), %0" : "=r"(Value) : "r"(Address));
    return Value;
}

static APART VOID Write(ULONG64 Address)
{
    __asm__ volatile("movb $1, (%0)" : : "r"(Address) : "memory");
}

#define NONCANONICAL 0x0000800000000000ull
#define USER_ADDRESS 0x1230ull

/* The filters that look at what has happened. */

static APART LONG IsCode(PEXCEPTION_POINTERS Pointers, NTSTATUS Code)
{
    return Pointers->ExceptionRecord->ExceptionCode == Code ? EXCEPTION_EXECUTE_HANDLER
                                                            : EXCEPTION_CONTINUE_SEARCH;
}

static APART LONG IsAccess(PEXCEPTION_POINTERS Pointers, ULONG64 Access, ULONG64 Address)
{
    PEXCEPTION_RECORD Record = Pointers->ExceptionRecord;

    return Record->ExceptionCode == STATUS_ACCESS_VIOLATION && Record->NumberParameters == 2 &&
                   Record->ExceptionInformation[0] == Access &&
                   Record->ExceptionInformation[1] == Address &&
                   (ULONG64)Record->ExceptionAddress == Pointers->ContextRecord->Rip
               ? EXCEPTION_EXECUTE_HANDLER
               : EXCEPTION_CONTINUE_SEARCH;
}

/* Continue behind an instruction of Length bytes, with Result in RAX. */
static APART LONG Skip(PEXCEPTION_POINTERS Pointers, ULONG Length, ULONG64 Result)
{
    Pointers->ContextRecord->Rip += Length;
    Pointers->ContextRecord->Rax = Result;
    return EXCEPTION_CONTINUE_EXECUTION;
}

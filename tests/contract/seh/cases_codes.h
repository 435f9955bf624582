/* SPDX-License-Identifier: MIT */
/* cases_codes.h: what an exception is called, whoever raises it, and whether it can be continued. */
#pragma once

#include "faults.h"

NTSYSAPI VOID NTAPI RtlRaiseException(PEXCEPTION_RECORD ExceptionRecord);

static APART VOID CodeOfUndefined(TRACE *Trace)
{
    __try {
        Put(Trace, 'a');
        Undefined();
        Put(Trace, 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_ILLEGAL_INSTRUCTION)) {
        Put(Trace, GetExceptionCode() == (ULONG)STATUS_ILLEGAL_INSTRUCTION ? 'b' : 'x');
    }
    Put(Trace, 'c');
}

static APART VOID CodeOfDivide(TRACE *Trace)
{
    __try {
        Put(Trace, Divide(20, 10) == 2 ? 'a' : 'x');
        Divide(1, 0);
        Put(Trace, 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_INTEGER_DIVIDE_BY_ZERO)) {
        Put(Trace, 'b');
    }
}

static APART VOID CodeOfPrivileged(TRACE *Trace)
{
    __try {
        Privileged();
    } __except (IsCode(GetExceptionInformation(), STATUS_PRIVILEGED_INSTRUCTION)) {
        Put(Trace, 'a');
    }
}

static APART ULONG64 ReadMsr(ULONG Msr)
{
    ULONG Low, High;

    __asm__ volatile("rdmsr" : "=a"(Low), "=d"(High) : "c"(Msr));
    return (ULONG64)High << 32 | Low;
}

/* QEMU's translator has every register, as it says with its name. */
static APART BOOLEAN KnowsEveryMsr(VOID)
{
    ULONG Leaf = 0x40000000, Name, Other, More;

    __asm__ volatile("cpuid" : "+a"(Leaf), "=b"(Name), "=c"(Other), "=d"(More));
    return Name == 0x54474354; /* "TCGT" */
}

static APART VOID CodeOfUnknownMsr(TRACE *Trace)
{
    __try {
        ReadMsr(0x4711);
        Put(Trace, KnowsEveryMsr() ? 'a' : 'x');
    } __except (IsCode(GetExceptionInformation(), STATUS_PRIVILEGED_INSTRUCTION)) {
        Put(Trace, 'a');
    }
}

static APART VOID CodeOfNonCanonical(TRACE *Trace)
{
    __try {
        Read(NONCANONICAL);
    } __except (IsAccess(GetExceptionInformation(), 0, MAXULONG64)) {
        Put(Trace, 'a');
    }
    __try {
        Write(NONCANONICAL);
    } __except (IsAccess(GetExceptionInformation(), 0, MAXULONG64)) {
        Put(Trace, 'b');
    }
}

/* Below DISPATCH_LEVEL only. */
static APART VOID CodeOfUserAddress(TRACE *Trace)
{
    __try {
        Read(USER_ADDRESS);
    } __except (IsAccess(GetExceptionInformation(), 0, USER_ADDRESS)) {
        Put(Trace, 'a');
    }
    __try {
        Write(0);
    } __except (IsAccess(GetExceptionInformation(), 1, 0)) {
        Put(Trace, 'b');
    }
}

/* Below DISPATCH_LEVEL only: the fault is in the kernel, the handler is here. */
static APART VOID FaultInKernel(TRACE *Trace)
{
    UCHAR Buffer[40];

    __try {
        RtlCopyMemory(Buffer, (const VOID *)USER_ADDRESS, sizeof(Buffer));
    } __except (IsAccess(GetExceptionInformation(), 0, USER_ADDRESS)) {
        Put(Trace, 'a');
    }
}

/* Below DISPATCH_LEVEL only. */
static APART VOID Probes(TRACE *Trace)
{
    __try {
        ProbeForRead((PVOID)USER_ADDRESS, 8, 8);
        ProbeForRead(NULL, 0, 1);
        ProbeForWrite((PVOID)MAXULONG64, 0, 1);
        Put(Trace, 'a');
        ProbeForRead((PVOID)(USER_ADDRESS + 4), 8, 8);
    } __except (IsCode(GetExceptionInformation(), STATUS_DATATYPE_MISALIGNMENT)) {
        Put(Trace, 'b');
    }
    __try {
        ProbeForRead((PVOID)(MM_USER_PROBE_ADDRESS - 8), 16, 8);
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'c');
    }
    __try {
        ProbeForRead((PVOID)USER_ADDRESS, MAXULONG64, 1);
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'd');
    }
    __try {
        ProbeForWrite((PVOID)USER_ADDRESS, 8, 8); /* QEMU's locked instructions read first */
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'e');
    }
}

static APART VOID RaisedStatus(TRACE *Trace)
{
    __try {
        ExRaiseStatus(STATUS_DEVICE_BUSY);
    } __except (IsCode(GetExceptionInformation(), STATUS_DEVICE_BUSY)) {
        Put(Trace, 'a');
    }
    __try {
        ExRaiseAccessViolation();
    } __except (IsCode(GetExceptionInformation(), STATUS_ACCESS_VIOLATION)) {
        Put(Trace, 'b');
    }
    __try {
        ExRaiseDatatypeMisalignment();
    } __except (IsCode(GetExceptionInformation(), STATUS_DATATYPE_MISALIGNMENT)) {
        Put(Trace, 'c');
    }
}

/* A filter that continues what must not be continued raises another exception. */
static APART VOID NotContinuable(TRACE *Trace)
{
    __try {
        __try {
            ExRaiseStatus(STATUS_DEVICE_BUSY);
            Put(Trace, 'x');
        } __except (GetExceptionCode() == (ULONG)STATUS_DEVICE_BUSY
                        ? Say(Trace, 'a', EXCEPTION_CONTINUE_EXECUTION)
                        : EXCEPTION_CONTINUE_SEARCH) {
            Put(Trace, 'x');
        }
    } __except (IsCode(GetExceptionInformation(), STATUS_NONCONTINUABLE_EXCEPTION)) {
        Put(Trace, 'b');
    }
}

static APART LONG HasParameters(TRACE *Trace, PEXCEPTION_POINTERS Pointers,
                                PEXCEPTION_RECORD Record)
{
    Put(Trace,
        Pointers->ExceptionRecord == Record && Record->ExceptionInformation[14] == 14 ? 'a' : 'x');
    return EXCEPTION_CONTINUE_EXECUTION;
}

/* A software exception can be continued, behind the call. */
static APART VOID RaisedAndContinued(TRACE *Trace)
{
    EXCEPTION_RECORD Record = { .ExceptionCode = (NTSTATUS)0xE0000001, .NumberParameters = 15 };

    Record.ExceptionInformation[14] = 14;
    __try {
        RtlRaiseException(&Record);
        Put(Trace, 'b');
    } __except (HasParameters(Trace, GetExceptionInformation(), &Record)) {
        Put(Trace, 'x');
    }
    Put(Trace, Record.ExceptionAddress != NULL ? 'c' : 'x');
}

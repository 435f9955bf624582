/* SPDX-License-Identifier: MIT */
/*
 * exception.c: processor exceptions, as NT sees them.
 *
 * Some faults stop the system whatever the code around them does, because
 * their meaning is a bug and not a condition; Windows documents the codes:
 *
 *   page fault on a present page   0xBE for a write, 0xFC for execution
 *   page fault, IRQL >= DISPATCH   0xD1 in a driver's code, 0x0A in ours: no page can be
 *                                  brought in there, so every page fault is a wrong address
 *   page fault below that level,   0x50: nothing here is pageable, and __try does not catch
 *     on a system address          it on Windows either
 *   page fault where a driver was  0xCE: it was unloaded and left something behind
 *   double fault, machine check    0x7F
 *   int 29h                        0x139
 *
 * The rest are exceptions in NT's sense, with a code and parameters, which a
 * handler may catch (exception_dispatch.c): among page faults those below
 * DISPATCH_LEVEL on a user address, such as NULL.  An exception that nobody
 * handles is 0x1E.
 */
#include "ki.h"

#define KI_TRAP_DIVIDE         0
#define KI_TRAP_DEBUG          1
#define KI_TRAP_BREAKPOINT     3
#define KI_TRAP_OVERFLOW       4
#define KI_TRAP_BOUND          5
#define KI_TRAP_INVALID_OPCODE 6
#define KI_TRAP_PROTECTION     13
#define KI_TRAP_PAGE_FAULT     14
#define KI_TRAP_X87            16
#define KI_TRAP_ALIGNMENT      17
#define KI_TRAP_SIMD           19
#define KI_TRAP_FAST_FAIL      0x29
#define KI_TRAP_ASSERTION      0x2C
#define KI_TRAP_DEBUG_SERVICE  0x2D

#define KI_FAULT_PRESENT 0x01 /* in a page fault's error code */
#define KI_FAULT_WRITE   0x02
#define KI_FAULT_EXECUTE 0x10

#define KI_ACCESS_READ    0 /* as bug check and exception parameters have it */
#define KI_ACCESS_WRITE   1
#define KI_ACCESS_EXECUTE 8

#define KI_KERNEL_SECURITY_CHECK_FAILURE 0x139

#define KI_PAGE_FAULT_NO_ENTRY 2 /* 0x50's fourth parameter: no valid page table entry */

static ULONG64 KiFaultAccess(const HAL_TRAP_FRAME *Frame)
{
    if ((Frame->ErrorCode & KI_FAULT_EXECUTE) != 0) {
        return KI_ACCESS_EXECUTE;
    }
    return (Frame->ErrorCode & KI_FAULT_WRITE) != 0 ? KI_ACCESS_WRITE : KI_ACCESS_READ;
}

/* KiRaise: raise an exception at Frame->Rip with Count parameters. */
static VOID KiRaise(PHAL_TRAP_FRAME Frame, NTSTATUS Code, ULONG Count, ULONG64 P0, ULONG64 P1)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = Code,
        .ExceptionAddress = (PVOID)Frame->Rip,
        .NumberParameters = Count,
        .ExceptionInformation = {P0, P1},
    };

    KiDispatchException(&Record, Frame);
}

/* KiPageEntry: what the page table says of an address, as an x64 entry. */
static ULONG64 KiPageEntry(ULONG64 Address)
{
    ULONG64 Physical;
    ULONG Protection;

    if (!HalQueryPage((PVOID)Address, &Physical, &Protection)) {
        return 0;
    }
    return (Physical & ~(ULONG64)(PAGE_SIZE - 1)) | 1 |
           ((Protection & HAL_PAGE_WRITE) != 0 ? 2 : 0) |
           ((Protection & HAL_PAGE_EXECUTE) != 0 ? 0 : 1ull << 63);
}

/* KiIsSystemCode: does an address lie in ntoskrnl.exe or hal.dll? */
static BOOLEAN KiIsSystemCode(ULONG64 Address)
{
    return MmFindImage((PVOID)Address) != NULL && !MmIsDriverAddress((PVOID)Address);
}

/* KiPageFault: see the table above. */
static VOID KiPageFault(PHAL_TRAP_FRAME Frame)
{
    ULONG64 Address = Frame->FaultAddress;
    ULONG64 Access = KiFaultAccess(Frame);
    ULONG Code;

    if (ExFixFault(Frame)) {
        return;
    }
    if ((Frame->ErrorCode & KI_FAULT_PRESENT) != 0 && Access != KI_ACCESS_READ) {
        Code = Access == KI_ACCESS_WRITE ? ATTEMPTED_WRITE_TO_READONLY_MEMORY
                                         : ATTEMPTED_EXECUTE_OF_NOEXECUTE_MEMORY;
        KiBugCheck(Code, Address, KiPageEntry(Address), 0, 0, Frame->Rip, Frame);
    }
    if (MmWasDriverAddress((PVOID)Address) && !HalQueryPage((PVOID)Address, NULL, NULL)) {
        KiBugCheck(DRIVER_UNLOADED_WITHOUT_CANCELLING_PENDING_OPERATIONS, Address, Access,
                   Frame->Rip, 0, Frame->Rip, Frame);
    }
    if (Frame->PreviousIrql >= DISPATCH_LEVEL) {
        Code = KiIsSystemCode(Frame->Rip) ? IRQL_NOT_LESS_OR_EQUAL : DRIVER_IRQL_NOT_LESS_OR_EQUAL;
        KiBugCheck(Code, Address, Frame->PreviousIrql, Access, Frame->Rip, Frame->Rip, Frame);
    }
    if ((LONG64)Address < 0) {
        /* Its page counts accesses in its own way: the bits of the error code. */
        KiBugCheck(PAGE_FAULT_IN_NONPAGED_AREA, Address,
                   Frame->ErrorCode & (KI_FAULT_WRITE | KI_FAULT_EXECUTE), Frame->Rip,
                   KI_PAGE_FAULT_NO_ENTRY, Frame->Rip, Frame);
    }
    KiRaise(Frame, STATUS_ACCESS_VIOLATION, 2, Access, Address);
}

/* KiReadCode: copy instruction bytes as far as they are mapped.  => How many. */
static ULONG KiReadCode(ULONG64 Rip, UCHAR *Bytes, ULONG Limit)
{
    ULONG Count = 0;

    while (Count < Limit && HalQueryPage((PVOID)(Rip + Count), NULL, NULL)) {
        Bytes[Count] = *(const UCHAR *)(Rip + Count);
        Count++;
    }
    return Count;
}

/* KiIsPrefix: operand and address size, segments, lock, rep. */
static BOOLEAN KiIsPrefix(UCHAR Byte)
{
    static const UCHAR Prefixes[] = {0x66, 0x67, 0x2E, 0x36, 0x3E, 0x26,
                                     0x64, 0x65, 0xF0, 0xF2, 0xF3};

    for (ULONG Index = 0; Index < sizeof(Prefixes); Index++) {
        if (Byte == Prefixes[Index]) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * KiIsPrivilegedInstruction: is the instruction one that only the kernel may execute?
 *
 * => Knows those that can raise #GP in the kernel: rdmsr, wrmsr, mov to control and debug
 *    registers, lgdt and its group (lidt, lmsw, invlpg, xsetbv), lldt and ltr, rdpmc, wbinvd,
 *    clts, hlt, iret.
 */
static BOOLEAN KiIsPrivilegedInstruction(ULONG64 Rip)
{
    UCHAR Code[16] = {0};
    ULONG Count = KiReadCode(Rip, Code, 15);
    ULONG At = 0;

    while (At < Count && KiIsPrefix(Code[At])) {
        At++;
    }
    if (At < Count && (Code[At] & 0xF0) == 0x40) { /* REX */
        At++;
    }
    if (Code[At] != 0x0F) {
        return Code[At] == 0xF4 || Code[At] == 0xCF;
    }
    switch (Code[At + 1]) {
    case 0x00: /* lldt, ltr */
        return (Code[At + 2] & 0x30) == 0x10;
    case 0x01:
    case 0x06:
    case 0x08:
    case 0x09:
    case 0x20:
    case 0x21:
    case 0x22:
    case 0x23:
    case 0x30:
    case 0x32:
    case 0x33:
        return TRUE;
    default:
        return FALSE;
    }
}

static VOID KiProtectionFault(PHAL_TRAP_FRAME Frame)
{
    if (KiIsPrivilegedInstruction(Frame->Rip)) {
        KiRaise(Frame, STATUS_PRIVILEGED_INSTRUCTION, 0, 0, 0);
    } else {
        KiRaise(Frame, STATUS_ACCESS_VIOLATION, 2, 0, ~0ull); /* the address is not known */
    }
}

/* KiFastFail: int 29h, the compiler's and the library's "this is broken": RCX says what. */
static DECLSPEC_NORETURN VOID KiFastFail(PHAL_TRAP_FRAME Frame)
{
    EXCEPTION_RECORD Record = {
        .ExceptionCode = STATUS_STACK_BUFFER_OVERRUN,
        .ExceptionFlags = EXCEPTION_NONCONTINUABLE,
        .ExceptionAddress = (PVOID)Frame->Rip,
        .NumberParameters = 1,
        .ExceptionInformation = {Frame->Rcx},
    };

    KiBugCheck(KI_KERNEL_SECURITY_CHECK_FAILURE, Frame->Rcx, (ULONG_PTR)Frame, (ULONG_PTR)&Record,
               0, Frame->Rip, Frame);
}

/*
 * KiDebugService: int 2Dh, a request to a kernel debugger: EAX 1 print, 2 prompt, 3 and 4 symbols
 * are loaded and unloaded, 5 a command.
 *
 * => No debugger listens: nothing happens, and execution goes on behind the int3 that follows.
 * => Another number is a breakpoint.
 */
static VOID KiDebugService(PHAL_TRAP_FRAME Frame)
{
    ULONG Service = (ULONG)Frame->Rax;

    if (Service >= 1 && Service <= 5) {
        Frame->Rip += 1;
        Frame->Rax = 0; /* print: STATUS_SUCCESS; prompt: no answer */
    } else {
        KiRaise(Frame, STATUS_BREAKPOINT, 1, Service, 0);
    }
}

/*
 * KiExceptionEntry: an exception or a trap instruction has happened.
 *
 * => At the IRQL of the faulting code, interrupts off.  Frame may be changed; returning resumes it.
 */
VOID NTAPI KiExceptionEntry(PHAL_TRAP_FRAME Frame)
{
    switch (Frame->Vector) {
    case KI_TRAP_PAGE_FAULT:
        KiPageFault(Frame);
        break;
    case KI_TRAP_PROTECTION:
        KiProtectionFault(Frame);
        break;
    case KI_TRAP_DIVIDE:
        KiRaise(Frame, STATUS_INTEGER_DIVIDE_BY_ZERO, 0, 0, 0);
        break;
    case KI_TRAP_DEBUG:
        KiRaise(Frame, STATUS_SINGLE_STEP, 0, 0, 0);
        break;
    case KI_TRAP_BREAKPOINT:
        Frame->Rip -= 1; /* an int3 is reported where it stands */
        KiRaise(Frame, STATUS_BREAKPOINT, 1, 0, 0);
        break;
    case KI_TRAP_OVERFLOW:
        KiRaise(Frame, STATUS_INTEGER_OVERFLOW, 0, 0, 0);
        break;
    case KI_TRAP_BOUND:
        KiRaise(Frame, STATUS_ARRAY_BOUNDS_EXCEEDED, 0, 0, 0);
        break;
    case KI_TRAP_INVALID_OPCODE:
        KiRaise(Frame, STATUS_ILLEGAL_INSTRUCTION, 0, 0, 0);
        break;
    case KI_TRAP_X87:
    case KI_TRAP_SIMD:
        KiRaise(Frame, STATUS_FLOAT_MULTIPLE_TRAPS, 0, 0, 0);
        break;
    case KI_TRAP_ALIGNMENT:
        KiRaise(Frame, STATUS_DATATYPE_MISALIGNMENT, 0, 0, 0);
        break;
    case KI_TRAP_FAST_FAIL:
        Frame->Rip -= 2; /* the length of an int n */
        KiFastFail(Frame);
        break;
    case KI_TRAP_ASSERTION:
        Frame->Rip -= 2;
        KiRaise(Frame, STATUS_ASSERTION_FAILURE, 0, 0, 0);
        break;
    case KI_TRAP_DEBUG_SERVICE:
        KiDebugService(Frame);
        break;
    default:
        KiBugCheck(UNEXPECTED_KERNEL_MODE_TRAP, Frame->Vector, Frame->ErrorCode, Frame->Rip, 0,
                   Frame->Rip, Frame);
    }
}

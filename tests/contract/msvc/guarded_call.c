/* SPDX-License-Identifier: MIT */
/*
 * A driver as MSVC builds it with /GS and /guard:cf gets its own security cookie and the kernel's
 * guard pointers before it starts, and its guarded calls, KeIpiGenericCall's routine among them,
 * arrive with every argument.
 */
#include "../contract.h"

extern ULONG64 __security_cookie;
extern void *const __guard_check_icall_fptr;
extern void *const __guard_dispatch_icall_fptr;

NTSYSAPI PVOID NTAPI RtlPcToFileHeader(PVOID PcValue, PVOID *BaseOfImage);

/* MSVC's library defines this for whatever uses floating point. */
int _fltused = 0x9875;

#define DEFAULT_SECURITY_COOKIE 0x00002B992DDFA232ull

typedef ULONG64 (*STEP)(ULONG64 A, ULONG64 B, double C, ULONG64 D, ULONG64 E, double F);

static volatile LONG Ran;

static ULONG64 AddAll(ULONG64 A, ULONG64 B, double C, ULONG64 D, ULONG64 E, double F)
{
    return A + 10 * B + 100 * (ULONG64)C + 1000 * D + 10000 * E + 100000 * (ULONG64)F;
}

static STEP volatile Step = AddAll;

/* A buffer on the stack of every processor: its cookie is stored and checked there. */
static __attribute__((noinline)) ULONG64 Guarded(ULONG64 Seed)
{
    volatile UCHAR Buffer[64];
    ULONG64 Sum = 0;

    for (ULONG Index = 0; Index < sizeof(Buffer); Index++) {
        Buffer[Index] = (UCHAR)(Seed + Index);
    }
    for (ULONG Index = 0; Index < sizeof(Buffer); Index++) {
        Sum += Buffer[Index];
    }
    return Sum;
}

static ULONG_PTR NTAPI Routine(ULONG_PTR Argument)
{
    CHECK_EQUAL(Step(1, 2, 3.0, 4, 5, 6.0), 654321);
    CHECK_EQUAL(Guarded(0), 63 * 64 / 2);
    InterlockedIncrement(&Ran);
    return Argument;
}

/* Whose image does an address lie in? */
static PVOID ImageOf(PVOID Address)
{
    PVOID Base = NULL;

    return RtlPcToFileHeader(Address, &Base);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG_PTR (*volatile Call)(PKIPI_BROADCAST_WORKER, ULONG_PTR) = KeIpiGenericCall;

    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(__security_cookie != DEFAULT_SECURITY_COOKIE && __security_cookie != 0);
    CHECK_EQUAL(__security_cookie >> 48, 0); /* a cookie that a copied string cannot contain */
    CHECK(ImageOf(__guard_check_icall_fptr) == ImageOf((PVOID)(ULONG_PTR)Call));
    CHECK(ImageOf(__guard_dispatch_icall_fptr) == ImageOf((PVOID)(ULONG_PTR)Call));
    CHECK(ImageOf((PVOID)(ULONG_PTR)Call) != DriverObject->DriverStart);
    CHECK(ImageOf((PVOID)(ULONG_PTR)Routine) == DriverObject->DriverStart);
    CHECK_EQUAL(Step(1, 2, 3.0, 4, 5, 6.0), 654321);
    CHECK_EQUAL(Call(Routine, 0x1234), 0x1234);
    CHECK_EQUAL(Ran, ContractProcessors());
    return CONTRACT_RESULT();
}

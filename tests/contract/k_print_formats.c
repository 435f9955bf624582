/* SPDX-License-Identifier: MIT */
/*
 * What DbgPrint's documented formats print comes out of the report as it should: numbers of
 * every size, flags, widths, precisions, characters and strings of both widths, counted
 * strings, addresses.
 */
#include "contract.h"

static VOID Strings(VOID)
{
    UNICODE_STRING Wide;
    ANSI_STRING Narrow;
    WCHAR NotEnded[] = { L'a', L'b', L'c', L'd' };

    RtlInitUnicodeString(&Wide, L"\\Device\\Caf\x00e9");
    RtlInitAnsiString(&Narrow, "counted");
    DbgPrint("[%wZ] [%Z] [%20wZ] [%-12Z] [%.3Z]\n", &Wide, &Narrow, &Wide, &Narrow, &Narrow);
    Wide.Buffer = NotEnded;
    Wide.Length = 3 * sizeof(WCHAR);
    Narrow.Length = 5;
    DbgPrint("[%wZ] [%Z]\n", &Wide, &Narrow);
    DbgPrint("[%s] [%S] [%ws] [%ls] [%hs]\n", "narrow", L"wide", L"wide", L"wide", "narrow");
    DbgPrint("[%.2s] [%8.3s] [%-8s] [%.*s] [%*s]\n", "abcdef", "abcdef", "abc", 4, "abcdef", 6,
             "abc");
    DbgPrint("[%c] [%C] [%5c] [%-5c] [%wc]\n", 'x', L'\x00fc', 'y', 'z', L'w');
    DbgPrint("[%s] [%S] [%wZ]\n", (PCSTR)NULL, (PCWSTR)NULL, (PUNICODE_STRING)NULL);
}

static VOID Numbers(VOID)
{
    DbgPrint("[%d] [%i] [%u] [%x] [%X] [%o]\n", -1, 42, 0xFFFFFFFFu, 0xBEEFu, 0xBEEFu, 8u);
    DbgPrint("[%ld] [%lu] [%lx] [%hd] [%hu] [%hx]\n", -5L, 5UL, 0xABCDUL, 0x12345, 0x1FFFF,
             0x12345);
    DbgPrint("[%I64d] [%I64u] [%I64x] [%lld] [%llu] [%llX]\n", -1LL, ~0ULL, 0x123456789ABCDEFULL,
             (LONGLONG)0x8000000000000000ull, 1ULL, ~0ULL);
    DbgPrint("[%I32d] [%Id] [%zu] [%hhx]\n", -7, (LONG_PTR)-8, (SIZE_T)9, 0x1FF);
    DbgPrint("[%5d] [%-5d] [%05d] [%+d] [% d] [%+05d]\n", 42, 42, 42, 42, 42, 42);
    DbgPrint("[%#x] [%#X] [%#o] [%08x] [%#010x] [%.6d] [%8.3d]\n", 255u, 255u, 8u, 0xABCu, 0xABCu,
             42, 7);
    DbgPrint("[%*d] [%-*d] [%.*x] [%.0d]\n", 6, 1, 6, 2, 4, 0xAu, 0);
    DbgPrint("[%p] [%p]\n", (PVOID)0xFFFFF80200001234ull, (PVOID)NULL);
    DbgPrint("100%% [%%d]\n");
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    Strings();
    Numbers();
    DbgPrintEx(DPFLTR_IHVDRIVER_ID, DPFLTR_ERROR_LEVEL, "by %s, %d\n", "DbgPrintEx", 1);
    DbgPrintEx(DPFLTR_IHVBUS_ID, DPFLTR_INFO_LEVEL, "every component and level, %d\n", 2);
    DbgPrint("in pie");
    DbgPrint("ces\nand two\nlines at once\n");
    DbgPrint("\n");
    DbgPrint("");
    DbgPrint("the end, without an end of line");
    return STATUS_SUCCESS;
}

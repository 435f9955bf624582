/* SPDX-License-Identifier: MIT */
/*
 * What headers define inline compiles against mingw-w64's, and does what its page says: the driver
 * runtime makes pool not executable, memory is wiped, and MDLs and strings are measured and filled.
 */
#define POOL_NX_OPTIN 1
#include "contract.h"
#include <ntstrsafe.h>

#define TAG 'tseT'

static VOID CheckMemory(VOID)
{
    UCHAR Bytes[40], *Block;
    PMDL Mdl;

    RtlFillMemory(Bytes, sizeof(Bytes), 0x5A);
    RtlSecureZeroMemory(Bytes + 1, sizeof(Bytes) - 2);
    KeMemoryBarrier();
    CHECK_EQUAL(Bytes[0], 0x5A);
    CHECK_EQUAL(Bytes[1], 0);
    CHECK_EQUAL(Bytes[38], 0);
    CHECK_EQUAL(Bytes[39], 0x5A);
    CHECK_EQUAL(NonPagedPool, NonPagedPoolNx);
    Block = ExAllocatePoolWithTag(NonPagedPool, 100, TAG);
    Mdl = IoAllocateMdl(Block + 3, 60, FALSE, FALSE, NULL);
    MmBuildMdlForNonPagedPool(Mdl);
    CHECK_EQUAL(MmGetMdlByteCount(Mdl), 60);
    CHECK_EQUAL(MmGetMdlByteOffset(Mdl), BYTE_OFFSET(Block + 3));
    CHECK(MmGetMdlVirtualAddress(Mdl) == Block + 3);
    CHECK_EQUAL(MmGetMdlPfnArray(Mdl)[0], MmGetPhysicalAddress(Block).QuadPart >> PAGE_SHIFT);
    IoFreeMdl(Mdl);
    ExFreePoolWithTag(Block, TAG);
}

static VOID CheckStrings(VOID)
{
    CHAR Text[16];
    WCHAR Wide[8];

    CHECK_EQUAL(RtlStringCchPrintfA(Text, 16, "%d-%s", 42, "ab"), STATUS_SUCCESS);
    CHECK_EQUAL(strcmp(Text, "42-ab"), 0);
    CHECK_EQUAL(RtlStringCbPrintfA(Text, 4, "%d", 12345), STATUS_BUFFER_OVERFLOW);
    CHECK_EQUAL(strcmp(Text, "123"), 0);
    CHECK_EQUAL(RtlStringCchCopyA(Text, 16, "copy"), STATUS_SUCCESS);
    CHECK_EQUAL(strcmp(Text, "copy"), 0);
    CHECK_EQUAL(RtlStringCchCopyW(Wide, 8, L"wide"), STATUS_SUCCESS);
    CHECK_EQUAL(RtlCompareMemory(Wide, L"wide", 10), 10);
}

static VOID CheckMutex(VOID)
{
    FAST_MUTEX Mutex;

    ExInitializeFastMutex(&Mutex);
    CHECK(ExTryToAcquireFastMutex(&Mutex));
    CHECK(!ExTryToAcquireFastMutex(&Mutex));
    ExReleaseFastMutex(&Mutex);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    ExInitializeDriverRuntime(DrvRtPoolNxOptIn);
    CheckMemory();
    CheckStrings();
    CheckMutex();
    return CONTRACT_RESULT();
}

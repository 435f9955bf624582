/* SPDX-License-Identifier: MIT */
/*
 * A driver is unloaded and loaded again 1,000 times without a page, an address or a module being
 * lost, and 1,000 times more with a call in each load; what cannot be loaded or unloaded is refused.
 */
#include "contract.h"

#define LOADS 1000
#define WARM_UP 8 /* until the pool has what a load needs */

#define PIECE 0x1000000 /* bytes */

#define SERVICES L"\\Registry\\Machine\\System\\CurrentControlSet\\Services\\"

NTSYSAPI NTSTATUS NTAPI ZwQuerySystemInformation(ULONG Class, PVOID Buffer, ULONG Length,
                                                 PULONG ReturnLength);

static UNICODE_STRING Loaded = RTL_CONSTANT_STRING(SERVICES L"io_loaded");
static UNICODE_STRING Nobody = RTL_CONSTANT_STRING(SERVICES L"nobody");
static UNICODE_STRING Services = RTL_CONSTANT_STRING(SERVICES);
static UNICODE_STRING Software = RTL_CONSTANT_STRING(L"\\Registry\\Machine\\Software");

/* FreeBytes: how much memory below 4 GiB there is to be had; in pieces, for scanning takes long. */
static ULONG64 FreeBytes(VOID)
{
    const PHYSICAL_ADDRESS Zero = { .QuadPart = 0 };
    PMDL Taken[0x100000000 / PIECE];
    ULONG64 Bytes = 0;

    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Taken); Index++) {
        const PHYSICAL_ADDRESS Low = { .QuadPart = (LONGLONG)Index * PIECE };
        const PHYSICAL_ADDRESS High = { .QuadPart = Low.QuadPart + PIECE - 1 };

        Taken[Index] = MmAllocatePagesForMdlEx(Low, High, Zero, PIECE, MmCached,
                                               MM_DONT_ZERO_ALLOCATION);
        Bytes += Taken[Index] != NULL ? MmGetMdlByteCount(Taken[Index]) : 0;
    }
    for (ULONG Index = 0; Index < RTL_NUMBER_OF(Taken); Index++) {
        if (Taken[Index] != NULL) {
            MmFreePagesFromMdl(Taken[Index]);
            ExFreePool(Taken[Index]);
        }
    }
    return Bytes;
}

/* ListBytes: how long the list of a class is: 5 = threads, 11 = modules. */
static ULONG ListBytes(ULONG Class)
{
    ULONG Length = 0;

    CHECK_EQUAL(ZwQuerySystemInformation(Class, NULL, 0, &Length), STATUS_INFO_LENGTH_MISMATCH);
    return Length;
}

/* Base: where io_loaded lies. */
static ULONG_PTR Base(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\IoLoaded");
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    ULONG_PTR Start = 0;

    CHECK_EQUAL(IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Device), STATUS_SUCCESS);
    if (ContractFailures == 0) {
        Start = (ULONG_PTR)Device->DriverObject->DriverStart;
        ObDereferenceObject(File);
    }
    return Start;
}

/* Repeat: unload and load it so many times. */
static VOID Repeat(ULONG Times)
{
    while (Times-- != 0 && ContractFailures == 0) {
        CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_SUCCESS);
        CHECK_EQUAL(ZwLoadDriver(&Loaded), STATUS_SUCCESS);
    }
}

/* CheckNothingLost: many loads leave everything as it was. */
static VOID CheckNothingLost(VOID)
{
    ULONG_PTR Before, After;
    ULONG Modules, Threads;
    ULONG64 Bytes;

    Repeat(WARM_UP);
    Before = Base();
    Modules = ListBytes(11);
    Threads = ListBytes(5);
    Bytes = FreeBytes();
    Repeat(LOADS);
    CHECK_EQUAL(FreeBytes(), Bytes);
    CHECK_EQUAL(ListBytes(5), Threads);
    CHECK_EQUAL(ListBytes(11), Modules);
    After = Base();
    CHECK((After > Before ? After - Before : Before - After) < 256 * PAGE_SIZE);
}

static VOID CheckRefused(PUNICODE_STRING Self)
{
    CHECK_EQUAL(ZwLoadDriver(&Loaded), STATUS_IMAGE_ALREADY_LOADED);
    CHECK_EQUAL(ZwLoadDriver(Self), STATUS_IMAGE_ALREADY_LOADED);
    CHECK_EQUAL(ZwLoadDriver(&Nobody), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwLoadDriver(&Services), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwLoadDriver(&Software), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwUnloadDriver(&Nobody), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwUnloadDriver(Self), STATUS_INVALID_DEVICE_REQUEST); /* its DriverEntry runs */
    CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_SUCCESS);
    CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_OBJECT_NAME_NOT_FOUND);
    CHECK_EQUAL(ZwLoadDriver(&Loaded), STATUS_SUCCESS);
}

static NTSTATUS NTAPI AddDevice(PDRIVER_OBJECT DriverObject, PDEVICE_OBJECT Device)
{
    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(Device);
    return STATUS_SUCCESS;
}

/* CheckKept: a driver whose device is open is not unloaded, nor one that says that it cannot be. */
static VOID CheckKept(VOID)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Device\\IoLoaded");
    PFILE_OBJECT File;
    PDEVICE_OBJECT Device;
    PDRIVER_OBJECT Driver;
    PDRIVER_UNLOAD Unload;

    CHECK_EQUAL(IoGetDeviceObjectPointer(&Name, FILE_READ_DATA, &File, &Device), STATUS_SUCCESS);
    if (ContractFailures != 0) {
        return;
    }
    Driver = Device->DriverObject;
    CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_DEVICE_BUSY);
    ObDereferenceObject(File);
    Unload = Driver->DriverUnload;
    Driver->DriverUnload = NULL;
    CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_INVALID_DEVICE_REQUEST);
    Driver->DriverUnload = Unload;
    Driver->DriverExtension->AddDevice = AddDevice;
    CHECK_EQUAL(ZwUnloadDriver(&Loaded), STATUS_INVALID_DEVICE_REQUEST);
    Driver->DriverExtension->AddDevice = NULL;
}

static VOID NTAPI Unload(PDRIVER_OBJECT DriverObject)
{
    UNREFERENCED_PARAMETER(DriverObject);
    ContractFinish();
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    UNICODE_STRING Name = RTL_CONSTANT_STRING(L"\\Callback\\IoLoadsCalls");
    OBJECT_ATTRIBUTES Attributes;
    PCALLBACK_OBJECT Calls;

    DriverObject->DriverUnload = Unload;
    CheckRefused(RegistryPath);
    CheckKept();
    CheckNothingLost();
    InitializeObjectAttributes(&Attributes, &Name, OBJ_CASE_INSENSITIVE, NULL, NULL);
    CHECK_EQUAL(ExCreateCallback(&Calls, &Attributes, TRUE, TRUE), STATUS_SUCCESS);
    CheckNothingLost();
    ObDereferenceObject(Calls);
    return CONTRACT_RESULT();
}

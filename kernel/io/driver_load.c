/* SPDX-License-Identifier: MIT */
/*
 * driver_load.c: drivers load and unload drivers.
 *
 * There is no disk: what can be loaded are the drivers of the run, whose files
 * stay in memory, by their service keys.  A driver is loaded and unloaded in
 * the thread that asks for it.
 *
 * References: "ZwLoadDriver function (wdm.h)", "ZwUnloadDriver function (wdm.h)".
 */
#include "iop.h"

IOP_SERVICE *IopFindService(PCUNICODE_STRING Name, PUNICODE_STRING File)
{
    for (ULONG Index = 0; Index < IopServiceCount; Index++) {
        const CHAR *Text = IopServices[Index].File->Name;
        UNICODE_STRING Service;
        ULONG Bytes = 0;

        RtlUTF8ToUnicodeN(File->Buffer, File->MaximumLength, &Bytes, Text, (ULONG)strlen(Text));
        File->Length = (USHORT)Bytes;
        Service = *File;
        IopCutExtension(&Service);
        if (RtlEqualUnicodeString(&Service, Name, TRUE)) {
            return &IopServices[Index];
        }
    }
    return NULL;
}

/* IopServiceOfKey: the driver of the run whose service key a path names. */
static NTSTATUS IopServiceOfKey(PCUNICODE_STRING Path, IOP_SERVICE **Service)
{
    WCHAR Buffer[IOP_FILE_NAME];
    UNICODE_STRING File = { .MaximumLength = sizeof(Buffer), .Buffer = Buffer }, Name;

    if (Path == NULL) {
        return STATUS_INVALID_PARAMETER;
    }
    Name = CmpServiceOf(Path);
    *Service = Name.Length != 0 ? IopFindService(&Name, &File) : NULL;
    return *Service != NULL ? STATUS_SUCCESS : STATUS_OBJECT_NAME_NOT_FOUND;
}

/*
 * ZwLoadDriver: load a driver of the run by its service key, and start it.
 * => STATUS_OBJECT_NAME_NOT_FOUND: no driver of the run has that key;
 *    STATUS_IMAGE_ALREADY_LOADED: it is in memory, be it only because another driver imports from
 *    it; else why it did not load, or what its DriverEntry has returned
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwLoadDriver(PUNICODE_STRING DriverServiceName)
{
    IOP_SERVICE *Service;
    NTSTATUS Status = IopServiceOfKey(DriverServiceName, &Service);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    if (IopClaim(Service, IopAbsent) != IopAbsent) {
        return STATUS_IMAGE_ALREADY_LOADED;
    }
    if (MmIsDriverInMemory((LONG)(Service - IopServices))) {
        IopSettle(Service, IopAbsent);
        return STATUS_IMAGE_ALREADY_LOADED;
    }
    Status = IopLoadDriver(Service);
    if (NT_SUCCESS(Status)) {
        IopClaim(Service, IopLoaded); /* nobody else does once the run has begun */
        Status = IopStartDriver(Service);
    }
    return Status;
}

/* IopMayUnload: => why a driver that runs cannot be unloaded */
static NTSTATUS IopMayUnload(PDRIVER_OBJECT Driver)
{
    if (Driver->DriverUnload == NULL || Driver->DriverExtension->AddDevice != NULL) {
        return STATUS_INVALID_DEVICE_REQUEST;
    }
    return IopIsInUse(Driver) ? STATUS_DEVICE_BUSY : STATUS_SUCCESS;
}

/*
 * ZwUnloadDriver: call a driver's DriverUnload and take it out of memory.
 * => STATUS_OBJECT_NAME_NOT_FOUND: no such driver is loaded;
 *    STATUS_INVALID_DEVICE_REQUEST: it has no DriverUnload, is one for Plug and Play, or is just
 *    being started or unloaded; STATUS_DEVICE_BUSY: a device of it is open, or has another one
 *    attached to it
 * => its image stays as long as another driver imports from it
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI ZwUnloadDriver(PUNICODE_STRING DriverServiceName)
{
    IOP_SERVICE *Service;
    NTSTATUS Status = IopServiceOfKey(DriverServiceName, &Service);
    IOP_STATE State;

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    State = IopClaim(Service, IopRunning);
    if (State != IopRunning) {
        return State == IopAbsent ? STATUS_OBJECT_NAME_NOT_FOUND : STATUS_INVALID_DEVICE_REQUEST;
    }
    Status = IopMayUnload(&Service->Driver->Object);
    if (NT_SUCCESS(Status)) {
        IopStopDriver(Service);
    } else {
        IopSettle(Service, IopRunning);
    }
    return Status;
}

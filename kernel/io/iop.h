/* SPDX-License-Identifier: MIT */
/* iop.h: what the files of the I/O manager share. */
#pragma once

#include "../ex/exp.h"
#include "../mm/mi.h"
#include "../ob/obp.h"

extern const OBP_TYPE IopDriverType, IopDeviceType, IopLinkType;

/* A driver object, and what only the I/O manager knows of it. */
typedef struct _IOP_DRIVER {
    DRIVER_OBJECT Object;
    DRIVER_EXTENSION Extension;
    UNICODE_STRING RegistryPath;
    PMM_IMAGE Image;
    LONG Index; /* in the order of loading */
} IOP_DRIVER;

typedef enum _IOP_STATE {
    IopAbsent,  /* not in memory */
    IopLoaded,  /* in memory; its DriverEntry has not been called yet */
    IopRunning, /* its DriverEntry has succeeded */
    IopBusy,    /* somebody loads, starts or unloads it */
} IOP_STATE;

/* A driver of the run: what its service key stands for, whether it is in memory or not. */
typedef struct _IOP_SERVICE {
    const LOADER_FILE *File;
    IOP_DRIVER *Driver; /* NULL = IopAbsent; belongs to whoever has claimed it */
    IOP_STATE State;
    LONG64 Started; /* number of the call of its DriverEntry, of all drivers' routines */
    LONG64 Turn;    /* the same for the routine that runs; 0 = none does */
} IOP_SERVICE;

/* driver.c */
extern IOP_SERVICE IopServices[MI_MAXIMUM_DRIVERS];
extern ULONG IopServiceCount;
/* => the state that was found: if it is the wanted one, it is IopBusy now, and the caller's. */
IOP_STATE IopClaim(IOP_SERVICE *Service, IOP_STATE Wanted);
VOID IopSettle(IOP_SERVICE *Service, IOP_STATE State); /* the caller has claimed it */
/* => referenced; NULL: it does not run.  IRQL <= DISPATCH_LEVEL. */
IOP_DRIVER *IopReferenceDriver(IOP_SERVICE *Service);
/*
 * IopLoadDriver: bring an absent driver, which the caller has claimed, into memory.
 * => it is IopLoaded, or IopAbsent and the tool knows why.  PASSIVE_LEVEL.
 */
NTSTATUS IopLoadDriver(IOP_SERVICE *Service);
/*
 * IopStartDriver: call the DriverEntry of a loaded driver, which the caller has claimed.
 * => what it has returned; the driver is IopRunning, or it has failed and is IopAbsent
 */
NTSTATUS IopStartDriver(IOP_SERVICE *Service);
/* IopStopDriver: call a driver's DriverUnload, which there is; it is IopAbsent.  Claimed by the caller. */
VOID IopStopDriver(IOP_SERVICE *Service);

/* driver_load.c */
#define IOP_FILE_NAME 256 /* characters in LOADER_FILE.Name */
/*
 * IopFindService: the driver of the run with that name.
 * => NULL: there is none; *File: the name of its file, which the caller has given a buffer
 */
IOP_SERVICE *IopFindService(PCUNICODE_STRING Name, PUNICODE_STRING File);

/* driver_object.c */
VOID IopCutExtension(PUNICODE_STRING Name); /* a file's name becomes its service's: without ".sys" */
/*
 * IopCreateDriver: make the driver object of a loaded image.
 * => STATUS_IMAGE_ALREADY_LOADED: there is a driver of that name
 * => on success the object owns the image: it is unloaded with the last reference
 */
NTSTATUS IopCreateDriver(PMM_IMAGE Image, LONG Index, IOP_DRIVER **Driver);

/* device.c */
VOID IopFinishDevices(PDRIVER_OBJECT Driver); /* DriverEntry is over: its devices are initialised */
PDEVICE_OBJECT *IopBelow(PDEVICE_OBJECT Device); /* the device below it in its stack; attach.c owns it */

BOOLEAN IopIsInUse(PDRIVER_OBJECT Driver); /* is one of its devices open, or another one attached to it? */

/* => the oldest of a driver's devices that have a name, referenced; NULL: it has none */
PDEVICE_OBJECT IopOldestDevice(PDRIVER_OBJECT Driver);

/* ../cm/service_key.c: => the service whose key a path names; no length: it names no such key */
UNICODE_STRING CmpServiceOf(PCUNICODE_STRING Path);

/* leftover.c */
/*
 * IopCheckLeftovers: has a driver that is about to leave memory left anything behind that would use it?
 * => a bug check that names it; PASSIVE_LEVEL
 */
VOID IopCheckLeftovers(IOP_DRIVER *Driver);

/* request.c */
/* IopSendRequests: send what KiOptions.Requests names to the first device of the drivers.  PASSIVE_LEVEL. */
VOID IopSendRequests(VOID);

/* symlink.c */
const UNICODE_STRING *IopLinkTarget(PVOID Link);

/* complete.c */
NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);

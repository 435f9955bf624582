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

/* driver_object.c */
/*
 * IopCreateDriver: make the driver object of a loaded image.
 * => STATUS_IMAGE_ALREADY_LOADED: there is a driver of that name
 * => on success the object owns the image: it is unloaded with the last reference
 */
NTSTATUS IopCreateDriver(PMM_IMAGE Image, LONG Index, IOP_DRIVER **Driver);

/* device.c */
VOID IopFinishDevices(PDRIVER_OBJECT Driver); /* DriverEntry is over: its devices are initialised */
PDEVICE_OBJECT *IopBelow(PDEVICE_OBJECT Device); /* the device below it in its stack; attach.c owns it */

/* => the oldest of a driver's devices that have a name, referenced; NULL: it has none */
PDEVICE_OBJECT IopOldestDevice(PDRIVER_OBJECT Driver);

/* leftover.c */
/*
 * IopCheckLeftovers: has a driver that is about to leave memory left anything behind that would use it?
 * => a bug check that names it; PASSIVE_LEVEL
 */
VOID IopCheckLeftovers(IOP_DRIVER *Driver);

/* request.c */
/* IopSendRequests: send what KiOptions.Requests names to the first device of these drivers.  PASSIVE_LEVEL. */
VOID IopSendRequests(IOP_DRIVER **Drivers, ULONG Count);

/* symlink.c */
const UNICODE_STRING *IopLinkTarget(PVOID Link);

/* complete.c */
NTSTATUS NTAPI IopInvalidDeviceRequest(PDEVICE_OBJECT DeviceObject, PIRP Irp);

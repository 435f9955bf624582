/* SPDX-License-Identifier: MIT */
/* irp.h: requests, within the I/O manager. */
#pragma once

#include "iop.h"

#define DRIVER_VERIFIER_IOMANAGER_VIOLATION 0xC9 /* newer than mingw-w64's list */

/* IRP.AllocationFlags; drivers leave it alone. */
#define IOP_IRP_POOL  0x40 /* its memory is ours */
#define IOP_IRP_OWNED 0x80 /* completion ends with us: buffers, status, event, and the packet is freed .. */
#define IOP_IRP_HELD  0x20 /* .. but for the packet, which somebody here still looks at */

/* irp.c */
VOID IopFreeIrp(PIRP Irp);
DECLSPEC_NORETURN VOID IopViolation(const CHAR *Text, ULONG Kind, ULONG_PTR P2, ULONG_PTR P3,
                                    ULONG_PTR P4, PVOID Address);

/* build.c */
/* A request for a device, owned; the next stack location has its MajorFunction.  => NULL: memory is short. */
PIRP IopBuildRequest(PDEVICE_OBJECT Device, ULONG MajorFunction, PKEVENT Event,
                     PIO_STATUS_BLOCK IoStatusBlock);
/* => FALSE: memory is short, or a buffer of direct transfer is none; all that is left is IopDropRequest */
BOOLEAN IopSetTransfer(PIRP Irp, PDEVICE_OBJECT Device, PVOID Buffer, ULONG Length,
                       const LARGE_INTEGER *Offset);
BOOLEAN IopSetControl(PIRP Irp, ULONG Code, PVOID Input, ULONG InputLength, PVOID Output,
                      ULONG OutputLength);
/* Give a request up that was not sent. */
VOID IopDropRequest(PIRP Irp);
/* Free what hangs on a request, and copy out what came in. */
VOID IopReleaseBuffers(PIRP Irp);

/* send.c */
typedef struct _IOP_SENT {
    KEVENT Event;
    IO_STATUS_BLOCK Status;
    PDEVICE_OBJECT Device; /* of a file's request: to which it goes, referenced */
} IOP_SENT;
VOID IopPrepareSend(IOP_SENT *Sent);
/*
 * Send a request that was built with Sent's members, and wait for it.
 * => its final status; a bug check if its driver forgets it
 * => PASSIVE_LEVEL
 */
NTSTATUS IopSendRequest(PDEVICE_OBJECT Device, PIRP Irp, IOP_SENT *Sent);

/* file.c */
extern const OBP_TYPE IopFileType;
extern const OBP_TYPE *IoFileObjectType; /* exported, see OBP_TYPE.Self */

#define IOP_SYNCHRONOUS (FILE_SYNCHRONOUS_IO_ALERT | FILE_SYNCHRONOUS_IO_NONALERT)

/* How a device is to be opened, as ZwCreateFile has it. */
typedef struct _IOP_OPENING {
    ACCESS_MASK Access;
    ULONG Attributes;
    ULONG ShareAccess;
    ULONG Disposition;
    ULONG Options;
    PFILE_OBJECT Related; /* the name is relative to it, or NULL */
} IOP_OPENING;

/*
 * IopOpenDevice: open a device: make a file object and send IRP_MJ_CREATE to the top of its stack.
 * => the file has a reference; its last one sends IRP_MJ_CLOSE
 * => *Information: the driver's, FILE_OPENED or the like
 */
NTSTATUS IopOpenDevice(PDEVICE_OBJECT Device, PCUNICODE_STRING Rest, const IOP_OPENING *How,
                       PFILE_OBJECT *File, ULONG_PTR *Information);
/*
 * IopBuildFileRequest: a request for a file's device.
 * => NULL: memory is short; else the device is referenced until IopSendFileRequest
 */
PIRP IopBuildFileRequest(PFILE_OBJECT File, ULONG MajorFunction, IOP_SENT *Sent);
NTSTATUS IopSendFileRequest(PIRP Irp, IOP_SENT *Sent); /* as IopSendRequest */
/* Nobody has a handle any more: send IRP_MJ_CLEANUP, once. */
VOID IopCleanUpFile(PVOID File);
/* The device that a path leads to, over symbolic links; Rest: what follows its name.  => referenced */
NTSTATUS IopFindDevice(PCUNICODE_STRING Path, PDEVICE_OBJECT *Device, PUNICODE_STRING Rest);

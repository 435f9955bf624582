/* SPDX-License-Identifier: MIT */
/*
 * attach.c: stacks of devices: who is above whom.
 *
 * DEVICE_OBJECT.AttachedDevice points up, IOP_DEVICE.Below down.  One lock
 * protects all stacks.
 *
 * References: "IoAttachDeviceToDeviceStack function (wdm.h)", "IoDetachDevice
 * function (wdm.h)", "IoGetAttachedDeviceReference function (ntifs.h)".
 */
#include "irp.h"

static ULONG64 IopStackLock;

/* IopTopOf: the top of a stack; the caller holds the lock. */
static PDEVICE_OBJECT IopTopOf(PDEVICE_OBJECT Device)
{
    while (Device->AttachedDevice != NULL) {
        Device = Device->AttachedDevice;
    }
    return Device;
}

/*
 * IoAttachDeviceToDeviceStackSafe: put a device on top of a stack.
 * ["IoAttachDeviceToDeviceStackSafe function (ntddk.h)"]
 * => *AttachedTo: the device below it, written before any request can come
 * => STATUS_NO_SUCH_DEVICE: it is in a stack already
 */
NTSTATUS NTAPI IoAttachDeviceToDeviceStackSafe(PDEVICE_OBJECT SourceDevice,
                                               PDEVICE_OBJECT TargetDevice,
                                               PDEVICE_OBJECT *AttachedTo)
{
    BOOLEAN Enabled = KiLockWord(&IopStackLock);
    PDEVICE_OBJECT Top = IopTopOf(TargetDevice);
    NTSTATUS Status = STATUS_NO_SUCH_DEVICE;

    if (*IopBelow(SourceDevice) == NULL && Top != SourceDevice && Top->StackSize < MAXCHAR) {
        SourceDevice->StackSize = Top->StackSize + 1;
        SourceDevice->AlignmentRequirement = Top->AlignmentRequirement;
        SourceDevice->SectorSize = Top->SectorSize;
        *IopBelow(SourceDevice) = Top;
        *AttachedTo = Top;
        Top->AttachedDevice = SourceDevice;
        Status = STATUS_SUCCESS;
    }
    KiUnlockWord(&IopStackLock, Enabled);
    return Status;
}

/* IoAttachDeviceToDeviceStack: the same.  => the device below it, NULL if that failed */
PDEVICE_OBJECT NTAPI IoAttachDeviceToDeviceStack(PDEVICE_OBJECT SourceDevice,
                                                 PDEVICE_OBJECT TargetDevice)
{
    PDEVICE_OBJECT Below = NULL;

    IoAttachDeviceToDeviceStackSafe(SourceDevice, TargetDevice, &Below);
    return Below;
}

/*
 * IoAttachDevice: the same by the name of the device.
 * ["IoAttachDevice function (wdm.h)"]
 */
NTSTATUS NTAPI IoAttachDevice(PDEVICE_OBJECT SourceDevice, PUNICODE_STRING TargetDevice,
                              PDEVICE_OBJECT *AttachedDevice)
{
    PFILE_OBJECT File;
    PDEVICE_OBJECT Top;
    NTSTATUS Status = IoGetDeviceObjectPointer(TargetDevice, FILE_READ_ATTRIBUTES, &File, &Top);

    if (!NT_SUCCESS(Status)) {
        return Status;
    }
    Status = IoAttachDeviceToDeviceStackSafe(SourceDevice, Top, AttachedDevice);
    ObfDereferenceObject(File);
    return Status;
}

/*
 * IoDetachDevice: take the device off that is attached to TargetDevice.
 * => DRIVER_VERIFIER_IOMANAGER_VIOLATION if there is none
 */
VOID NTAPI IoDetachDevice(PDEVICE_OBJECT TargetDevice)
{
    BOOLEAN Enabled = KiLockWord(&IopStackLock);
    PDEVICE_OBJECT Above = TargetDevice->AttachedDevice;

    if (Above != NULL) {
        *IopBelow(Above) = NULL;
        TargetDevice->AttachedDevice = NULL;
    }
    KiUnlockWord(&IopStackLock, Enabled);
    if (Above == NULL) {
        IopViolation("0x202 = detached from a device that nothing is attached to, the device", 0x202,
                     (ULONG_PTR)TargetDevice, 0, 0, __builtin_return_address(0));
    }
}

/* IoGetAttachedDevice: the top of a stack. ["IoGetAttachedDevice function (ntifs.h)"] */
PDEVICE_OBJECT NTAPI IoGetAttachedDevice(PDEVICE_OBJECT DeviceObject)
{
    BOOLEAN Enabled = KiLockWord(&IopStackLock);
    PDEVICE_OBJECT Top = IopTopOf(DeviceObject);

    KiUnlockWord(&IopStackLock, Enabled);
    return Top;
}

/* IoGetAttachedDeviceReference: the same, with a reference. */
PDEVICE_OBJECT NTAPI IoGetAttachedDeviceReference(PDEVICE_OBJECT DeviceObject)
{
    BOOLEAN Enabled = KiLockWord(&IopStackLock);
    PDEVICE_OBJECT Top = IopTopOf(DeviceObject);

    ObfReferenceObject(Top);
    KiUnlockWord(&IopStackLock, Enabled);
    return Top;
}

/* IoGetLowerDeviceObject: the device below, with a reference; NULL: there is none.
 * ["IoGetLowerDeviceObject function (ntifs.h)"] */
PDEVICE_OBJECT NTAPI IoGetLowerDeviceObject(PDEVICE_OBJECT DeviceObject)
{
    BOOLEAN Enabled = KiLockWord(&IopStackLock);
    PDEVICE_OBJECT Below = *IopBelow(DeviceObject);

    if (Below != NULL) {
        ObfReferenceObject(Below);
    }
    KiUnlockWord(&IopStackLock, Enabled);
    return Below;
}

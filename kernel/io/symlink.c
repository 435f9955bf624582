/* SPDX-License-Identifier: MIT */
/*
 * symlink.c: symbolic links, the names by which applications know devices.
 *
 * References: "IoCreateSymbolicLink function (wdm.h)", "IoDeleteSymbolicLink
 * function (wdm.h)".
 */
#include "iop.h"

#define IOP_TAG_LINK 0x6B6E4C49u /* 'ILnk' in memory */

/* What the link stands for follows its object. */
typedef struct _IOP_LINK {
    UNICODE_STRING Target;
} IOP_LINK;

const OBP_TYPE IopLinkType = {
    .Self = &IopLinkType,
    .Delete = NULL,
    .Tag = IOP_TAG_LINK,
};

const UNICODE_STRING *IopLinkTarget(PVOID Link)
{
    return &((IOP_LINK *)Link)->Target;
}

/*
 * IoCreateSymbolicLink: let a name stand for a device's.
 * => the device need not exist; STATUS_OBJECT_NAME_COLLISION and what else is wrong with a name
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI IoCreateSymbolicLink(PUNICODE_STRING SymbolicLinkName, PUNICODE_STRING DeviceName)
{
    IOP_LINK *Link = ObpCreateObject(&IopLinkType, sizeof(*Link) + DeviceName->Length);
    NTSTATUS Status;

    if (Link == NULL) {
        return STATUS_INSUFFICIENT_RESOURCES;
    }
    Link->Target.Buffer = (PWCHAR)(Link + 1);
    Link->Target.Length = DeviceName->Length;
    Link->Target.MaximumLength = DeviceName->Length;
    memcpy(Link->Target.Buffer, DeviceName->Buffer, DeviceName->Length);
    Status = ObpInsertName(Link, SymbolicLinkName);
    if (!NT_SUCCESS(Status)) {
        ObfDereferenceObject(Link);
    }
    return Status;
}

/* IoCreateUnprotectedSymbolicLink: the same; there is nobody to protect it from. */
NTSTATUS NTAPI IoCreateUnprotectedSymbolicLink(PUNICODE_STRING SymbolicLinkName,
                                               PUNICODE_STRING DeviceName)
{
    return IoCreateSymbolicLink(SymbolicLinkName, DeviceName);
}

/*
 * IoDeleteSymbolicLink: take a link away.
 * => STATUS_OBJECT_NAME_NOT_FOUND: there is no such link
 * => PASSIVE_LEVEL
 */
NTSTATUS NTAPI IoDeleteSymbolicLink(PUNICODE_STRING SymbolicLinkName)
{
    IOP_LINK *Link = ObpFindName(&IopLinkType, SymbolicLinkName);

    if (Link == NULL) {
        return STATUS_OBJECT_NAME_NOT_FOUND;
    }
    ObpRemoveName(Link);
    ObfDereferenceObject(Link); /* ObpFindName's */
    ObfDereferenceObject(Link);
    return STATUS_SUCCESS;
}

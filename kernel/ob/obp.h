/* SPDX-License-Identifier: MIT */
/* obp.h: objects with references, and the names they go by. */
#pragma once

#include "../ke/ki.h"
#include "../ke/ki_lock.h"

typedef VOID OBP_DELETE(PVOID Object);

/* A kind of object. */
typedef struct _OBP_TYPE {
    /*
     * Itself.  The exported variables PsThreadType and the like hold a type's address, and drivers
     * write *PsThreadType.  With Microsoft's headers that is the variable; with mingw-w64's, which
     * take it for imported data, it is one step further, so this field.
     */
    const struct _OBP_TYPE *Self;
    OBP_DELETE
        *Delete; /* the last reference is gone; frees what hangs on the object; may be NULL */
    OBP_DELETE *Close; /* its last handle is closed; may be NULL */
    ULONG Tag;
    BOOLEAN CanWait; /* the object begins with a DISPATCHER_HEADER */
} OBP_TYPE;

/* In front of each object. */
typedef struct DECLSPEC_ALIGN(16) _OBP_HEADER {
    LIST_ENTRY NameLink; /* in the table of names, if Name.Buffer != NULL */
    UNICODE_STRING Name; /* as ObpCanonicalName made it */
    const OBP_TYPE *Type;
    LONG64 References;
    LONG64 Handles; /* each holds a reference, too */
} OBP_HEADER;

static inline OBP_HEADER *ObpHeaderOf(PVOID Object)
{
    return (OBP_HEADER *)Object - 1;
}

/* object.c */
/* => zeroed, with one reference, nameless; NULL = memory is short */
PVOID ObpCreateObject(const OBP_TYPE *Type, SIZE_T Bytes);

/* name.c */
/*
 * ObpInsertName: give an object a name.
 * => STATUS_OBJECT_NAME_COLLISION, STATUS_OBJECT_NAME_INVALID, STATUS_OBJECT_PATH_SYNTAX_BAD,
 *    STATUS_OBJECT_PATH_NOT_FOUND, STATUS_INSUFFICIENT_RESOURCES
 * => IRQL <= APC_LEVEL
 */
NTSTATUS ObpInsertName(PVOID Object, PCUNICODE_STRING Name);
VOID ObpRemoveName(PVOID Object);
/* => the object of that type, referenced; NULL = there is none */
PVOID ObpFindName(const OBP_TYPE *Type, PCUNICODE_STRING Name);
/* => the object of that name, referenced, and its type; NULL = there is none */
PVOID ObpFindAnyName(PCUNICODE_STRING Name, const OBP_TYPE **Type);

/* => why nothing was found under a path: its directory is missing, or only its last name, or it is none */
NTSTATUS ObpWhyNotFound(PCUNICODE_STRING Name);
/* Any IRQL, interrupts off. */
typedef BOOLEAN OBP_ACCEPT(PVOID Object, const VOID *Context);
/* => the first object with a name that Accept takes, referenced; NULL = it took none */
PVOID ObpFindObject(const OBP_TYPE *Type, OBP_ACCEPT *Accept, const VOID *Context);

/* handle.c */
/* => a handle that holds a reference of its own; STATUS_INSUFFICIENT_RESOURCES */
NTSTATUS ObpCreateHandle(PVOID Object, ULONG Attributes, PHANDLE Handle);

/* callback.c */
/* The same, asking and telling the drivers that want it.  PASSIVE_LEVEL or APC_LEVEL. */
NTSTATUS ObpOpenHandle(PVOID Object, ACCESS_MASK Access, ULONG Attributes, PHANDLE Handle);

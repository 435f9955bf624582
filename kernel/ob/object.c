/* SPDX-License-Identifier: MIT */
/* object.c: objects and their references. */
#include "obp.h"
#include "../ex/exp.h"

PVOID ObpCreateObject(const OBP_TYPE *Type, SIZE_T Bytes)
{
    OBP_HEADER *Header = ExAllocatePoolZero(NonPagedPoolNx, sizeof(*Header) + Bytes, Type->Tag);

    if (Header == NULL) {
        return NULL;
    }
    Header->Type = Type;
    Header->References = 1;
    return Header + 1;
}

/*
 * ObfReferenceObject: take a reference.
 * ["ObReferenceObject macro (wdm.h)"]
 * => how many there are now.  Any IRQL.
 */
LONG_PTR FASTCALL ObfReferenceObject(PVOID Object)
{
    return KiFetchAdd(&ObpHeaderOf(Object)->References, 1) + 1;
}

/*
 * ObfDereferenceObject: give a reference back; the last one deletes the object.
 * ["ObDereferenceObject macro (wdm.h)"]
 * => how many are left.  IRQL <= DISPATCH_LEVEL.
 */
LONG_PTR FASTCALL ObfDereferenceObject(PVOID Object)
{
    OBP_HEADER *Header = ObpHeaderOf(Object);
    const OBP_TYPE *Type = Header->Type;
    LONG64 Left = KiFetchAdd(&Header->References, -1) - 1;

    if (Left < 0) {
        KeBugCheckEx(REFERENCE_BY_POINTER, (ULONG_PTR)Type, (ULONG_PTR)Object, 2, (ULONG_PTR)Left);
    }
    if (Left == 0) {
        ObpRemoveName(Object);
        if (Type->Delete != NULL) {
            Type->Delete(Object);
        }
        ExFreePool(Header);
    }
    return Left;
}

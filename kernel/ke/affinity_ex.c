/* SPDX-License-Identifier: MIT */
/*
 * affinity_ex.c: sets of processors of several groups, as public drivers build
 * them for HalSendNMI and others.
 *
 * No header of Microsoft's declares these routines, so each driver does it
 * itself; the set has room for 20 groups, as in Windows 10.  A processor of a
 * group beyond those is in no set.
 */
#include "ki_affinity.h"

#define KI_AFFINITY_GROUPS 20

C_ASSERT(FIELD_OFFSET(KAFFINITY_EX, Bitmap) == 8);

/* KeInitializeAffinityEx: the empty set. */
VOID NTAPI KeInitializeAffinityEx(PKAFFINITY_EX Set)
{
    Set->Count = 1;
    Set->Size = KI_AFFINITY_GROUPS;
    Set->Reserved = 0;
    memset(Set->Bitmap, 0, KI_AFFINITY_GROUPS * sizeof(Set->Bitmap[0]));
}

/* KeAddGroupAffinityEx: add processors of one group. */
VOID NTAPI KeAddGroupAffinityEx(PKAFFINITY_EX Set, USHORT Group, KAFFINITY Mask)
{
    if (Group < Set->Size) {
        Set->Bitmap[Group] |= Mask;
        Set->Count = Set->Count > Group ? Set->Count : Group + 1;
    }
}

/* KeAddProcessorAffinityEx: add the processor with that index. */
VOID NTAPI KeAddProcessorAffinityEx(PKAFFINITY_EX Set, ULONG ProcessorIndex)
{
    PROCESSOR_NUMBER Number;

    if (ProcessorIndex < KiMaximumProcessors()) {
        KiNumberFromIndex(ProcessorIndex, &Number);
        KeAddGroupAffinityEx(Set, Number.Group, (KAFFINITY)1 << Number.Number);
    }
}

/* KeRemoveProcessorAffinityEx: take it away. */
VOID NTAPI KeRemoveProcessorAffinityEx(PKAFFINITY_EX Set, ULONG ProcessorIndex)
{
    PROCESSOR_NUMBER Number;

    if (ProcessorIndex < KiMaximumProcessors()) {
        KiNumberFromIndex(ProcessorIndex, &Number);
        if (Number.Group < Set->Count) {
            Set->Bitmap[Number.Group] &= ~((KAFFINITY)1 << Number.Number);
        }
    }
}

/* KeCheckProcessorAffinityEx: is it in the set? */
BOOLEAN NTAPI KeCheckProcessorAffinityEx(const KAFFINITY_EX *Set, ULONG ProcessorIndex)
{
    PROCESSOR_NUMBER Number;

    if (ProcessorIndex >= KiMaximumProcessors()) {
        return FALSE;
    }
    KiNumberFromIndex(ProcessorIndex, &Number);
    return Number.Group < Set->Count && (Set->Bitmap[Number.Group] >> Number.Number & 1) != 0;
}

/* KeQueryGroupAffinityEx: the processors of one group. */
KAFFINITY NTAPI KeQueryGroupAffinityEx(const KAFFINITY_EX *Set, USHORT Group)
{
    return Group < Set->Count ? Set->Bitmap[Group] : 0;
}

/* KeIsEmptyAffinityEx: is nobody in it? */
BOOLEAN NTAPI KeIsEmptyAffinityEx(const KAFFINITY_EX *Set)
{
    for (ULONG Group = 0; Group < Set->Count; Group++) {
        if (Set->Bitmap[Group] != 0) {
            return FALSE;
        }
    }
    return TRUE;
}

/* KeCountSetBitsAffinityEx: how many are in it? */
ULONG NTAPI KeCountSetBitsAffinityEx(const KAFFINITY_EX *Set)
{
    ULONG Count = 0;

    for (ULONG Group = 0; Group < Set->Count; Group++) {
        Count += RtlNumberOfSetBitsUlongPtr(Set->Bitmap[Group]);
    }
    return Count;
}

/* KeCopyAffinityEx: a copy of a set. */
VOID NTAPI KeCopyAffinityEx(PKAFFINITY_EX Target, const KAFFINITY_EX *Source)
{
    KeInitializeAffinityEx(Target);
    Target->Count = Source->Count < Target->Size ? Source->Count : Target->Size;
    memcpy(Target->Bitmap, Source->Bitmap, Target->Count * sizeof(Target->Bitmap[0]));
}

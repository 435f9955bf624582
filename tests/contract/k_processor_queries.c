/* SPDX-License-Identifier: MIT */
/*
 * Every form of asking for processors gives the same answer: counts, masks, groups, indexes and
 * numbers both ways; the forms that know one group answer for group 0, and what is not there is
 * said so.
 */
#include "contract.h"

NTKERNELAPI VOID NTAPI KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity,
                                                 PUSHORT Count);
NTKERNELAPI USHORT NTAPI KeQueryHighestNodeNumber(VOID);

static ULONG Bits(KAFFINITY Mask)
{
    ULONG Count = 0;

    for (; Mask != 0; Mask &= Mask - 1) {
        Count++;
    }
    return Count;
}

/* The groups are filled one after another, and add up. */
static VOID TestGroups(ULONG Processors)
{
    USHORT Groups = KeQueryActiveGroupCount();
    ULONG Sum = 0;

    CHECK_EQUAL(KeQueryMaximumGroupCount(), Groups);
    for (USHORT Group = 0; Group < Groups; Group++) {
        ULONG Count = KeQueryActiveProcessorCountEx(Group);
        KAFFINITY Mask = KeQueryGroupAffinity(Group);

        CHECK(Count >= 1 && Count <= 64);
        CHECK_EQUAL(Mask, Count == 64 ? ~(KAFFINITY)0 : ((KAFFINITY)1 << Count) - 1);
        CHECK_EQUAL(KeQueryMaximumProcessorCountEx(Group), Count);
        Sum += Count;
    }
    CHECK_EQUAL(Sum, Processors);
    for (ULONG Group = Groups; Group < 0xFFFF; Group += Group < 70 ? 1 : 997) {
        CHECK_EQUAL(KeQueryActiveProcessorCountEx((USHORT)Group), 0);
        CHECK_EQUAL(KeQueryMaximumProcessorCountEx((USHORT)Group), 0);
        CHECK_EQUAL(KeQueryGroupAffinity((USHORT)Group), 0);
    }
}

static VOID TestGroupZero(VOID)
{
    ULONG Count = KeQueryActiveProcessorCountEx(0);
    KAFFINITY Mask = 0;

    CHECK_EQUAL(KeQueryActiveProcessorCount(&Mask), Count);
    CHECK_EQUAL(KeQueryActiveProcessorCount(NULL), Count);
    CHECK_EQUAL(Mask, KeQueryGroupAffinity(0));
    CHECK_EQUAL(KeQueryActiveProcessors(), Mask);
    CHECK_EQUAL(Bits(Mask), Count);
    CHECK_EQUAL(KeQueryMaximumProcessorCount(), Count);
    CHECK_EQUAL((ULONG)KeNumberProcessors, Count);
}

static VOID TestNumbers(ULONG Processors)
{
    PROCESSOR_NUMBER Number, Wrong;
    USHORT Group = 0;
    UCHAR Place = 0;

    for (ULONG Index = 0; Index < Processors; Index++) {
        RtlFillMemory(&Number, sizeof(Number), 0xEE);
        CHECK_EQUAL(KeGetProcessorNumberFromIndex(Index, &Number), STATUS_SUCCESS);
        CHECK_EQUAL(Number.Group, Group);
        CHECK_EQUAL(Number.Number, Place);
        CHECK_EQUAL(Number.Reserved, 0);
        CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Number), Index);
        Wrong = Number;
        Wrong.Reserved = 1;
        CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Wrong), INVALID_PROCESSOR_INDEX);
        if (++Place == KeQueryActiveProcessorCountEx(Group)) {
            Place = 0;
            Group++;
        }
    }
    CHECK_EQUAL(Group, KeQueryActiveGroupCount());
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(Processors, &Number), STATUS_INVALID_PARAMETER);
    CHECK_EQUAL(KeGetProcessorNumberFromIndex(MAXULONG, &Number), STATUS_INVALID_PARAMETER);
    Wrong = (PROCESSOR_NUMBER){ .Group = Group };
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Wrong), INVALID_PROCESSOR_INDEX);
    Wrong = (PROCESSOR_NUMBER){ .Group = 0xFFFF, .Number = 0xFF };
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Wrong), INVALID_PROCESSOR_INDEX);
    Wrong = (PROCESSOR_NUMBER){ .Number = (UCHAR)KeQueryActiveProcessorCountEx(0) };
    CHECK_EQUAL(KeGetProcessorIndexFromNumber(&Wrong), INVALID_PROCESSOR_INDEX);
}

static VOID TestNodes(ULONG Processors)
{
    GROUP_AFFINITY Affinity;
    ULONG Sum = 0;
    USHORT Count;

    for (USHORT Node = 0; Node <= KeQueryHighestNodeNumber(); Node++) {
        KeQueryNodeActiveAffinity(Node, &Affinity, &Count);
        CHECK_EQUAL(Bits(Affinity.Mask), Count);
        CHECK_EQUAL(Affinity.Mask & ~KeQueryGroupAffinity(Affinity.Group), 0);
        Sum += Count;
    }
    CHECK_EQUAL(Sum, Processors);
}

NTSTATUS NTAPI DriverEntry(PDRIVER_OBJECT DriverObject, PUNICODE_STRING RegistryPath)
{
    ULONG Processors = KeQueryActiveProcessorCountEx(ALL_PROCESSOR_GROUPS);

    UNREFERENCED_PARAMETER(DriverObject);
    UNREFERENCED_PARAMETER(RegistryPath);
    CHECK(Processors >= 1);
    CHECK_EQUAL(KeQueryMaximumProcessorCountEx(ALL_PROCESSOR_GROUPS), Processors);
    TestGroups(Processors);
    TestGroupZero();
    TestNumbers(Processors);
    TestNodes(Processors);
    DbgPrint("%lu processors in %u groups, %lu in the first\n", Processors,
             KeQueryActiveGroupCount(), KeQueryActiveProcessorCountEx(0));
    return CONTRACT_RESULT();
}

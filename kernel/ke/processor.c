/* SPDX-License-Identifier: MIT */
/*
 * processor.c: which processors there are, and every routine that asks.
 *
 * A processor has an index, over all groups, in the order of starting; index i
 * is number i % size of group i / size (KiOptions.GroupSize), so groups are
 * filled one after another.  What is active is said in one place, KiActiveSet,
 * and every answer is computed from its mask: counts and masks cannot
 * disagree.  The set only grows, under a number of the queue of calls (ipi.c).
 *
 * A NUMA node lies within one group, by the documented rule; there is one node
 * for each group, so one where nobody asks for more groups.
 *
 * The older routines know one group only and answer for group 0, as their
 * reference pages say.
 */
#include "ki.h"

PKPRCB KiProcessorBlock[KI_MAXIMUM_PROCESSORS];
HAL_PROCESSOR_SET KiActiveSet;

#undef KeNumberProcessors
CCHAR volatile KeNumberProcessors;

/* KiInitializeProcessorBlock: fill a zeroed control region for processor Index. */
VOID KiInitializeProcessorBlock(PKI_PCR Pcr, ULONG Index)
{
    PKPRCB Prcb = &Pcr->Prcb;

    Pcr->Public.Self = &Pcr->Public;
    Pcr->Public.CurrentPrcb = Prcb;
    Pcr->Public.MajorVersion = 1;
    Pcr->Public.MinorVersion = 1;

    Prcb->MxCsr = KI_MXCSR_DEFAULT;
    Prcb->Number = Index;
    Prcb->Group = (USHORT)(Index / KiOptions.GroupSize);
    Prcb->GroupIndex = (UCHAR)(Index % KiOptions.GroupSize);
    Prcb->LegacyNumber = Prcb->GroupIndex;
    Prcb->GroupSetMember = (KAFFINITY)1 << Prcb->GroupIndex;
    Prcb->ClockOwner = Index == 0;
    Prcb->Pcr = Pcr;
    Prcb->Call.Finished = KI_NO_CALL; /* until KiJoinCalls */
    KiInitializeDpcQueue(Prcb);
    KiInitializeScheduler(Prcb);
    /* Read by whoever sees the processor in KiActiveSet. */
    KiStoreRelease(&KiProcessorBlock[Index], Prcb);
}

/* KiGroupMask: the active processors of a group; 0 for a group that does not exist. */
KAFFINITY KiGroupMask(ULONG Group)
{
    ULONG First = Group * KiOptions.GroupSize;
    ULONG Word = First / 64;
    ULONG Shift = First % 64;
    KAFFINITY Mask;

    if (First >= KI_MAXIMUM_PROCESSORS) {
        return 0;
    }
    Mask = KiLoadAcquire(&KiActiveSet.Mask[Word]) >> Shift; /* stored by KiActivateProcessor */
    if (Shift != 0 && Word + 1 < RTL_NUMBER_OF(KiActiveSet.Mask)) {
        Mask |= KiLoadAcquire(&KiActiveSet.Mask[Word + 1]) << (64 - Shift);
    }
    return KiOptions.GroupSize < 64 ? Mask & (((KAFFINITY)1 << KiOptions.GroupSize) - 1) : Mask;
}

static ULONG KiCountMask(KAFFINITY Mask)
{
    ULONG Count = 0;

    for (; Mask != 0; Mask &= Mask - 1) {
        Count++;
    }
    return Count;
}

/* KiMaximumProcessors: how many processors the system can ever have. */
ULONG KiMaximumProcessors(VOID)
{
    ULONG Count = HalQueryProcessorCount();

    if (KiOptions.Processors != 0 && KiOptions.Processors + KiOptions.HotAdd < Count) {
        Count = KiOptions.Processors + KiOptions.HotAdd;
    }
    return Count < KI_MAXIMUM_PROCESSORS ? Count : KI_MAXIMUM_PROCESSORS;
}

static USHORT KiMaximumGroups(VOID)
{
    return (USHORT)((KiMaximumProcessors() + KiOptions.GroupSize - 1) / KiOptions.GroupSize);
}

/* KiMaximumInGroup: how many processors a group can ever have. */
ULONG KiMaximumInGroup(ULONG Group)
{
    ULONG Maximum = KiMaximumProcessors();
    ULONG First = Group * KiOptions.GroupSize;

    if (First >= Maximum) {
        return 0;
    }
    return Maximum - First < KiOptions.GroupSize ? Maximum - First : KiOptions.GroupSize;
}

/*
 * KiActivateProcessor: count a processor among the active ones.
 *
 * => The caller holds a number of the queue of calls, so no call is in progress.
 */
VOID KiActivateProcessor(PKPRCB Prcb)
{
    ULONG Index = Prcb->Number;

    Prcb->Active = TRUE;
    KiFetchOr(&KiActiveSet.Mask[Index / 64], 1ull << Index % 64); /* read by KiGroupMask */
    KiStoreRelease(&KiActiveSet.Count, KiActiveSet.Count + 1);
    if (Prcb->Group == 0) {
        KeNumberProcessors = (CCHAR)KiCountMask(KiGroupMask(0));
    }
    if (KiSharedData != NULL) {
        KiSharedData->ActiveProcessorCount = KiActiveSet.Count;
        KiSharedData->ActiveGroupCount = KeQueryActiveGroupCount();
    }
}

BOOLEAN KiIsProcessorActive(ULONG Index)
{
    return Index < KI_MAXIMUM_PROCESSORS &&
           (KiLoadAcquire(&KiActiveSet.Mask[Index / 64]) >> Index % 64 & 1) != 0;
}

VOID KiInterruptProcessor(HAL_IPI Kind, ULONG Index)
{
    HAL_PROCESSOR_SET Target = {.Count = 1};

    Target.Mask[Index / 64] = 1ull << Index % 64;
    HalSendIpi(Kind, &Target);
}

/*
 * KeQueryActiveProcessorCountEx: count the active processors of a group, or of all.
 *
 * => GroupNumber may be ALL_PROCESSOR_GROUPS.
 * => 0 for a group that does not exist.
 * => Any IRQL.
 * => Reference: "KeQueryActiveProcessorCountEx function (wdm.h)".
 */
ULONG NTAPI KeQueryActiveProcessorCountEx(USHORT GroupNumber)
{
    if (GroupNumber == ALL_PROCESSOR_GROUPS) {
        return KiLoadAcquire(&KiActiveSet.Count); /* stored by KiActivateProcessor */
    }
    return KiCountMask(KiGroupMask(GroupNumber));
}

/*
 * KeQueryActiveProcessorCount: count the active processors of group 0, and return their mask.
 *
 * => Any IRQL.
 * => Reference: "KeQueryActiveProcessorCount function (wdm.h)".
 */
ULONG NTAPI KeQueryActiveProcessorCount(PKAFFINITY ActiveProcessors)
{
    KAFFINITY Mask = KiGroupMask(0);

    if (ActiveProcessors != NULL) {
        *ActiveProcessors = Mask;
    }
    return KiCountMask(Mask);
}

/*
 * KeQueryActiveProcessors: return the mask of the active processors of group 0.
 *
 * => Any IRQL.
 * => Reference: "KeQueryActiveProcessors function (wdm.h)".
 */
KAFFINITY NTAPI KeQueryActiveProcessors(VOID)
{
    return KiGroupMask(0);
}

/*
 * KeQueryMaximumProcessorCountEx: count the processors that a group, or the system, can ever have.
 *
 * => 0 for a group that cannot exist.
 * => Any IRQL.
 * => Reference: "KeQueryMaximumProcessorCountEx function (wdm.h)".
 */
ULONG NTAPI KeQueryMaximumProcessorCountEx(USHORT GroupNumber)
{
    return GroupNumber == ALL_PROCESSOR_GROUPS ? KiMaximumProcessors()
                                               : KiMaximumInGroup(GroupNumber);
}

/* KeQueryMaximumProcessorCount: the same for group 0. */
ULONG NTAPI KeQueryMaximumProcessorCount(VOID)
{
    return KiMaximumInGroup(0);
}

/*
 * KeQueryActiveGroupCount: count the groups that have an active processor.
 *
 * => Any IRQL.
 * => Reference: "KeQueryActiveGroupCount function (wdm.h)".
 */
USHORT NTAPI KeQueryActiveGroupCount(VOID)
{
    USHORT Maximum = KiMaximumGroups();
    USHORT Count = 0;

    for (ULONG Group = 0; Group < Maximum; Group++) {
        Count += KiGroupMask(Group) != 0;
    }
    return Count;
}

/* KeQueryMaximumGroupCount: count the groups that the system can ever have; any IRQL. */
USHORT NTAPI KeQueryMaximumGroupCount(VOID)
{
    return KiMaximumGroups();
}

/*
 * KeQueryGroupAffinity: return the mask of the active processors of a group.
 *
 * => 0 for a group that does not exist.
 * => Any IRQL.
 * => Reference: "KeQueryGroupAffinity function (wdm.h)".
 */
KAFFINITY NTAPI KeQueryGroupAffinity(USHORT GroupNumber)
{
    return KiGroupMask(GroupNumber);
}

/* KeGetCurrentProcessorNumber is inline in the headers; here for who looks it up by name. */
ULONG NTAPI KiGetCurrentProcessorNumber(VOID) __asm__("KeGetCurrentProcessorNumber");

ULONG NTAPI KiGetCurrentProcessorNumber(VOID)
{
    return KiCurrentPrcb()->GroupIndex;
}

VOID KiNumberFromIndex(ULONG Index, PPROCESSOR_NUMBER Number)
{
    Number->Group = (USHORT)(Index / KiOptions.GroupSize);
    Number->Number = (UCHAR)(Index % KiOptions.GroupSize);
    Number->Reserved = 0;
}

/*
 * KeGetCurrentProcessorNumberEx: return the index of this processor, and its group and number.
 *
 * => Any IRQL.
 * => Reference: "KeGetCurrentProcessorNumberEx function (wdm.h)".
 */
ULONG NTAPI KeGetCurrentProcessorNumberEx(PPROCESSOR_NUMBER ProcNumber)
{
    PKPRCB Prcb = KiCurrentPrcb();

    if (ProcNumber != NULL) {
        KiNumberFromIndex(Prcb->Number, ProcNumber);
    }
    return Prcb->Number;
}

/*
 * KeGetProcessorNumberFromIndex: turn an index into a group and a number.
 *
 * => STATUS_INVALID_PARAMETER if there is no active processor of that index.
 * => Any IRQL.
 * => Reference: "KeGetProcessorNumberFromIndex function (wdm.h)".
 */
NTSTATUS NTAPI KeGetProcessorNumberFromIndex(ULONG ProcIndex, PPROCESSOR_NUMBER ProcNumber)
{
    if (!KiIsProcessorActive(ProcIndex)) {
        return STATUS_INVALID_PARAMETER;
    }
    KiNumberFromIndex(ProcIndex, ProcNumber);
    return STATUS_SUCCESS;
}

/*
 * KeGetProcessorIndexFromNumber: turn a group and a number into an index.
 *
 * => INVALID_PROCESSOR_INDEX if there is no such active processor.
 * => Any IRQL.
 * => Reference: "KeGetProcessorIndexFromNumber function (wdm.h)".
 */
ULONG NTAPI KeGetProcessorIndexFromNumber(PPROCESSOR_NUMBER ProcNumber)
{
    ULONG Index = ProcNumber->Group * KiOptions.GroupSize + ProcNumber->Number;

    if (ProcNumber->Reserved != 0 || ProcNumber->Number >= KiOptions.GroupSize ||
        !KiIsProcessorActive(Index)) {
        return INVALID_PROCESSOR_INDEX;
    }
    return Index;
}

/* KeQueryHighestNodeNumber: return the highest number of a NUMA node; any IRQL. */
USHORT NTAPI KeQueryHighestNodeNumber(VOID)
{
    return (USHORT)(KiMaximumGroups() - 1);
}

/* KeGetCurrentNodeNumber: return the NUMA node of this processor; any IRQL. */
USHORT NTAPI KeGetCurrentNodeNumber(VOID)
{
    return KiCurrentPrcb()->Group;
}

/*
 * KeQueryNodeActiveAffinity: return the active processors of a NUMA node, and their number.
 *
 * => Either pointer may be NULL; empty for a node that does not exist.
 * => Any IRQL.
 * => Reference: "KeQueryNodeActiveAffinity function (wdm.h)".
 */
VOID NTAPI KeQueryNodeActiveAffinity(USHORT NodeNumber, PGROUP_AFFINITY Affinity, PUSHORT Count)
{
    KAFFINITY Mask = KiGroupMask(NodeNumber);

    if (Affinity != NULL) {
        *Affinity = (GROUP_AFFINITY){.Mask = Mask, .Group = NodeNumber};
    }
    if (Count != NULL) {
        *Count = (USHORT)KiCountMask(Mask);
    }
}

/* KeQueryNodeMaximumProcessorCount: count what a NUMA node can ever have; any IRQL. */
USHORT NTAPI KeQueryNodeMaximumProcessorCount(USHORT NodeNumber)
{
    return (USHORT)KiMaximumInGroup(NodeNumber);
}

/* KeGetRecommendedSharedDataAlignment: return the size of a cache line; any IRQL. */
ULONG NTAPI KeGetRecommendedSharedDataAlignment(VOID)
{
    return KI_CACHE_LINE;
}

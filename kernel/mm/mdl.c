/* SPDX-License-Identifier: MIT */
/*
 * mdl.c: memory descriptor lists: which pages of physical memory a buffer lies in.
 *
 * Nothing is ever paged out, so to lock pages is to look them up.  Who unlocks
 * what is not locked is found out all the same.
 *
 * References: "MmProbeAndLockPages function (wdm.h)", "MmUnlockPages function
 * (wdm.h)", "MmBuildMdlForNonPagedPool function (wdm.h)", "MmSizeOfMdl function
 * (wdm.h)", "Bug Check 0x4E PFN_LIST_CORRUPT", "Driver Verifier: automatic checks".
 */
#include "mapping.h"
#include "mdl.h"

#define MI_UNLOCKED_TOO_OFTEN 0x07 /* PFN_LIST_CORRUPT, parameter 1 */

SIZE_T MiMdlPages(const MDL *Mdl)
{
    return ADDRESS_AND_SIZE_TO_SPAN_PAGES((ULONG_PTR)Mdl->ByteOffset, (SIZE_T)Mdl->ByteCount);
}

/* MmSizeOfMdl: bytes of an MDL for such a buffer.  Any IRQL. */
SIZE_T NTAPI MmSizeOfMdl(PVOID Base, SIZE_T Length)
{
    return sizeof(MDL) +
           sizeof(PFN_NUMBER) * ADDRESS_AND_SIZE_TO_SPAN_PAGES((ULONG_PTR)Base, Length);
}

/*
 * MiFindFrames: look up the pages of an MDL's buffer.
 * => the first address that is not mapped, NULL if all are
 */
static PVOID MiFindFrames(PMDL Mdl)
{
    PPFN_NUMBER Frames = MmGetMdlPfnArray(Mdl);
    SIZE_T Pages = MiMdlPages(Mdl);
    ULONG64 Physical;

    for (SIZE_T Index = 0; Index < Pages; Index++) {
        PVOID Address = (PUCHAR)Mdl->StartVa + Index * PAGE_SIZE;

        if (!HalQueryPage(Address, &Physical, NULL)) {
            return Index == 0 ? MmGetMdlVirtualAddress(Mdl) : Address;
        }
        Frames[Index] = Physical >> PAGE_SHIFT;
    }
    return NULL;
}

/*
 * MmBuildMdlForNonPagedPool: describe a buffer that stays where it is.
 * => its address is the MDL's system address, too
 * => PAGE_FAULT_IN_NONPAGED_AREA if it is not mapped
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmBuildMdlForNonPagedPool(PMDLX MemoryDescriptorList)
{
    PMDL Mdl = MemoryDescriptorList;
    PVOID Missing = MiFindFrames(Mdl);

    if (Missing != NULL) {
        KiBugCheckText("an address of the buffer, 0 = it is read, who describes it by an MDL, the "
                       "MDL",
                       PAGE_FAULT_IN_NONPAGED_AREA, (ULONG_PTR)Missing, 0,
                       (ULONG_PTR)__builtin_return_address(0), (ULONG_PTR)Mdl,
                       (ULONG64)__builtin_return_address(0), NULL);
    }
    Mdl->Process = NULL;
    Mdl->MappedSystemVa = MmGetMdlVirtualAddress(Mdl);
    Mdl->MdlFlags |= MDL_SOURCE_IS_NONPAGED_POOL;
}

BOOLEAN MiTryLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation, PVOID Caller)
{
    PUCHAR First = MmGetMdlVirtualAddress(Mdl), End = First + Mdl->ByteCount;

    if ((Mdl->MdlFlags & (MDL_PAGES_LOCKED | MDL_SOURCE_IS_NONPAGED_POOL | MDL_PARTIAL)) != 0) {
        KiBugCheckText("pages are locked with an MDL that is built, partial or locked already: "
                       "0x7 = its locks do not match, the first page, the MDL's flags, the MDL",
                       PFN_LIST_CORRUPT, MI_UNLOCKED_TOO_OFTEN, MmGetMdlPfnArray(Mdl)[0],
                       (USHORT)Mdl->MdlFlags, (ULONG_PTR)Mdl, (ULONG64)Caller, NULL);
    }
    if ((AccessMode != KernelMode && End > (PUCHAR)MmUserProbeAddress) || End < First ||
        MiFindFrames(Mdl) != NULL) {
        return FALSE;
    }
    Mdl->Process = NULL; /* no user's memory */
    Mdl->MdlFlags |= MDL_PAGES_LOCKED | (Operation != IoReadAccess ? MDL_WRITE_OPERATION : 0);
    return TRUE;
}

/* MiLockPages: what the routines that lock have in common. */
static VOID MiLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation,
                        PVOID Caller)
{
    if (!MiTryLockPages(Mdl, AccessMode, Operation, Caller)) {
        KiRaiseStatus(STATUS_ACCESS_VIOLATION, Caller);
    }
}

/*
 * MmProbeAndLockPages: look up the pages of a buffer, and keep them.
 * => an exception, STATUS_ACCESS_VIOLATION, if there are none, or a user may not use them
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmProbeAndLockPages(PMDL MemoryDescriptorList, KPROCESSOR_MODE AccessMode,
                               LOCK_OPERATION Operation)
{
    MiLockPages(MemoryDescriptorList, AccessMode, Operation, __builtin_return_address(0));
}

/* MmProbeAndLockProcessPages: the same in a process; there is one. */
VOID NTAPI MmProbeAndLockProcessPages(PMDL MemoryDescriptorList, PEPROCESS Process,
                                      KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation)
{
    UNREFERENCED_PARAMETER(Process);
    MiLockPages(MemoryDescriptorList, AccessMode, Operation, __builtin_return_address(0));
}

/*
 * MmUnlockPages: let go of locked pages, and of the MDL's mapping if there is one.
 * => PFN_LIST_CORRUPT if they are not locked
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI MmUnlockPages(PMDL MemoryDescriptorList)
{
    PMDL Mdl = MemoryDescriptorList;

    if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) == 0) {
        KiBugCheckText("7 = an MDL is unlocked that is not locked, its first page, how often that "
                       "is locked, the MDL",
                       PFN_LIST_CORRUPT, MI_UNLOCKED_TOO_OFTEN, MmGetMdlPfnArray(Mdl)[0], 0,
                       (ULONG_PTR)Mdl, (ULONG64)__builtin_return_address(0), NULL);
    }
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0) {
        MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
    }
    Mdl->MdlFlags &= ~(MDL_PAGES_LOCKED | MDL_WRITE_OPERATION);
}

/*
 * MmAdvanceMdl: leave out bytes at the beginning of a buffer.
 * ["MmAdvanceMdl function (wdm.h)"]
 * => STATUS_INVALID_PARAMETER_2: there are not so many
 */
NTSTATUS NTAPI MmAdvanceMdl(PMDL Mdl, ULONG NumberOfBytes)
{
    PPFN_NUMBER Frames = MmGetMdlPfnArray(Mdl);
    SIZE_T Before = MiMdlPages(Mdl), Gone;

    if (NumberOfBytes >= Mdl->ByteCount) {
        return STATUS_INVALID_PARAMETER_2;
    }
    Gone = ((SIZE_T)Mdl->ByteOffset + NumberOfBytes) >> PAGE_SHIFT;
    memmove(Frames, Frames + Gone, (Before - Gone) * sizeof(*Frames));
    Mdl->ByteOffset = (Mdl->ByteOffset + NumberOfBytes) & (PAGE_SIZE - 1);
    Mdl->ByteCount -= NumberOfBytes;
    Mdl->StartVa = (PUCHAR)Mdl->StartVa + Gone * PAGE_SIZE;
    if ((Mdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL |
                          MDL_PARENT_MAPPED_SYSTEM_VA)) != 0) {
        Mdl->MappedSystemVa = (PUCHAR)Mdl->MappedSystemVa + NumberOfBytes;
    }
    return STATUS_SUCCESS;
}

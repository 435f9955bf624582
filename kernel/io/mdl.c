/* SPDX-License-Identifier: MIT */
/*
 * mdl.c: allocating memory descriptor lists, and such of a part of a buffer.
 *
 * References: "IoAllocateMdl function (wdm.h)", "IoFreeMdl function (wdm.h)",
 * "IoBuildPartialMdl function (wdm.h)", "Bug Check 0xCB
 * DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS".
 */
#include "iop.h"

#define IOP_TAG_MDL      0x6C644D49u /* 'IMdl' in memory */
#define IOP_LONGEST_MDL  (0xFFFFFFFFull - PAGE_SIZE)

/* IopAttachMdl: hang an MDL on an IRP, instead of or behind those that are there. */
static VOID IopAttachMdl(PIRP Irp, PMDL Mdl, BOOLEAN Behind)
{
    PMDL *Link = &Irp->MdlAddress;

    while (Behind && *Link != NULL) {
        Link = &(*Link)->Next;
    }
    *Link = Mdl;
}

/*
 * IoAllocateMdl: allocate an MDL for a buffer.
 * => it describes no pages yet; NULL: memory is short, or the buffer is longer than 4 GiB - PAGE_SIZE
 * => IRQL <= DISPATCH_LEVEL
 */
PMDL NTAPI IoAllocateMdl(PVOID VirtualAddress, ULONG Length, BOOLEAN SecondaryBuffer,
                         BOOLEAN ChargeQuota, PIRP Irp)
{
    SIZE_T Bytes = MmSizeOfMdl(VirtualAddress, Length);
    PMDL Mdl = Length <= IOP_LONGEST_MDL
                   ? ExAllocatePoolUninitialized(NonPagedPoolNx, Bytes, IOP_TAG_MDL)
                   : NULL;

    UNREFERENCED_PARAMETER(ChargeQuota);
    if (Mdl == NULL) {
        return NULL;
    }
    RtlZeroMemory(Mdl, sizeof(*Mdl) + (Bytes > sizeof(*Mdl) ? sizeof(PFN_NUMBER) : 0));
    MmInitializeMdl(Mdl, VirtualAddress, Length);
    if (Irp != NULL) {
        IopAttachMdl(Irp, Mdl, SecondaryBuffer);
    }
    return Mdl;
}

/*
 * IoFreeMdl: free an MDL, and the mapping that a partial one has.
 * => DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS if its pages are locked: they would stay so for ever
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI IoFreeMdl(PMDL Mdl)
{
    if ((Mdl->MdlFlags & MDL_PAGES_LOCKED) != 0) {
        KiBugCheckText("an MDL is freed whose pages are still locked: who frees it, 0, the MDL, "
                       "the number of its pages",
                       DRIVER_LEFT_LOCKED_PAGES_IN_PROCESS,
                       (ULONG_PTR)__builtin_return_address(0), 0, (ULONG_PTR)Mdl,
                       ADDRESS_AND_SIZE_TO_SPAN_PAGES((ULONG_PTR)Mdl->ByteOffset, Mdl->ByteCount),
                       (ULONG64)__builtin_return_address(0), NULL);
    }
    if ((Mdl->MdlFlags & MDL_MAPPED_TO_SYSTEM_VA) != 0) {
        MmUnmapLockedPages(Mdl->MappedSystemVa, Mdl);
    }
    ExFreePoolWithTag(Mdl, 0);
}

/*
 * IoBuildPartialMdl: describe a part of a buffer whose pages another MDL describes.
 * => Length 0: up to its end; TargetMdl: large enough for that
 * => IRQL <= DISPATCH_LEVEL
 */
VOID NTAPI IoBuildPartialMdl(PMDL SourceMdl, PMDL TargetMdl, PVOID VirtualAddress, ULONG Length)
{
    const CSHORT Kept = MDL_IO_PAGE_READ | MDL_SOURCE_IS_NONPAGED_POOL | MDL_IO_SPACE;
    ULONG Offset = (ULONG)((PUCHAR)VirtualAddress - (PUCHAR)MmGetMdlVirtualAddress(SourceMdl));
    ULONG Bytes = Length != 0 ? Length : SourceMdl->ByteCount - Offset;
    SIZE_T Skipped = ((PUCHAR)PAGE_ALIGN(VirtualAddress) - (PUCHAR)SourceMdl->StartVa) >> PAGE_SHIFT;
    SIZE_T Pages = ADDRESS_AND_SIZE_TO_SPAN_PAGES((ULONG_PTR)VirtualAddress, Bytes);

    if (Offset > SourceMdl->ByteCount || Bytes > SourceMdl->ByteCount - Offset ||
        (SIZE_T)(USHORT)TargetMdl->Size < sizeof(MDL) + Pages * sizeof(PFN_NUMBER)) {
        KiBugCheckText("a partial MDL is larger than its source, or than the MDL made for it: "
                       "0x100, the source, the target, the bytes",
                       TARGET_MDL_TOO_SMALL, 0x100, (ULONG_PTR)SourceMdl, (ULONG_PTR)TargetMdl,
                       Bytes, (ULONG64)__builtin_return_address(0), NULL);
    }
    TargetMdl->StartVa = PAGE_ALIGN(VirtualAddress);
    TargetMdl->ByteOffset = BYTE_OFFSET(VirtualAddress);
    TargetMdl->ByteCount = Bytes;
    TargetMdl->Process = SourceMdl->Process;
    TargetMdl->MdlFlags = MDL_PARTIAL | (SourceMdl->MdlFlags & Kept);
    if ((SourceMdl->MdlFlags & (MDL_MAPPED_TO_SYSTEM_VA | MDL_SOURCE_IS_NONPAGED_POOL)) != 0) {
        TargetMdl->MappedSystemVa = (PUCHAR)SourceMdl->MappedSystemVa + Offset;
        TargetMdl->MdlFlags |= MDL_PARENT_MAPPED_SYSTEM_VA;
    }
    RtlCopyMemory(MmGetMdlPfnArray(TargetMdl), MmGetMdlPfnArray(SourceMdl) + Skipped,
                  Pages * sizeof(PFN_NUMBER));
}

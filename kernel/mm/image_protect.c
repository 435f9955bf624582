/* SPDX-License-Identifier: MIT */
/*
 * image_protect.c: what the pages of a driver's image may be used for.
 *
 * No page is writable and executable at once.
 *
 * => A section that asks for both (INIT of older toolchains does, which only
 *    the linker ever wrote to) is mapped executable and read-only.  A driver
 *    that does write there meets ATTEMPTED_WRITE_TO_READONLY_MEMORY, which
 *    names the instruction.  It needs a mapping of its own for that, as it
 *    does on Windows with memory integrity on.
 * => An image in which code and writable data of different sections share a
 *    page (linked with a section alignment below a page) cannot be protected
 *    like that and is refused, again as with memory integrity.
 *
 * Sections named PAGE* are resident: nothing is paged out here.
 *
 * Reference: "Driver compatibility with memory integrity and VBS".
 */
#include "mi.h"

#define MI_BOTH (PE_WRITE | PE_EXECUTE)

/* MiIsDataOnPage: does a section that is writable and not executable touch a page? */
static BOOLEAN MiIsDataOnPage(const PE_IMAGE *Pe, const VOID *Headers, ULONG Rva)
{
    PE_SECTION Section;

    for (ULONG Index = 0; LdrPeGetSection(Pe, Headers, Index, &Section); Index++) {
        if ((Section.Flags & MI_BOTH) == PE_WRITE && Section.VirtualSize != 0 &&
            Section.Rva < Rva + PAGE_SIZE && Section.Rva + Section.VirtualSize > Rva) {
            return TRUE;
        }
    }
    return FALSE;
}

/*
 * MiMayProtectImage: can every page be either writable or executable?
 * => Headers: the file's, which the image has not written to
 */
BOOLEAN MiMayProtectImage(const PE_IMAGE *Pe, const VOID *Headers)
{
    for (ULONG Rva = 0; Rva < Pe->Size; Rva += PAGE_SIZE) {
        if ((LdrPePageProtection(Pe, Headers, Rva) & MI_BOTH) == MI_BOTH &&
            MiIsDataOnPage(Pe, Headers, Rva)) {
            return FALSE;
        }
    }
    return TRUE;
}

/* MiHalProtection: LdrPePageProtection's result in the HAL's terms. */
static ULONG MiHalProtection(ULONG Flags)
{
    if ((Flags & PE_EXECUTE) != 0) {
        return HAL_PAGE_READ | HAL_PAGE_EXECUTE;
    }
    return (Flags & PE_WRITE) != 0 ? HAL_PAGE_READ | HAL_PAGE_WRITE : HAL_PAGE_READ;
}

/*
 * MiProtectImage: give each page of a mapped image the protection of its sections.
 * => a page that no section touches is unmapped.  IRQL < IPI_LEVEL.
 */
VOID MiProtectImage(const PE_IMAGE *Pe, const VOID *Headers, PVOID Base)
{
    for (ULONG Rva = 0; Rva < Pe->Size; Rva += PAGE_SIZE) {
        ULONG Flags = LdrPePageProtection(Pe, Headers, Rva);

        if (Flags == 0) {
            MiDecommitPages((PUCHAR)Base + Rva, 1);
        } else {
            HalProtectPages((PUCHAR)Base + Rva, 1, MiHalProtection(Flags));
        }
    }
    KiFlushEverywhere(Base, Pe->Size >> PAGE_SHIFT);
}

/* MiIsInitSection: is a section for the initialisation only?  By its flag, or by NT's name for
 * such. */
static BOOLEAN MiIsInitSection(const PE_SECTION *Section)
{
    return (Section->Flags & PE_DISCARDABLE) != 0 || strcmp(Section->Name, "INIT") == 0;
}

/* MiIsInitPage: is a page touched, and only by such sections? */
static BOOLEAN MiIsInitPage(const PE_IMAGE *Pe, const VOID *Headers, ULONG Rva)
{
    PE_SECTION Section;
    BOOLEAN Found = FALSE;

    for (ULONG Index = 0; LdrPeGetSection(Pe, Headers, Index, &Section); Index++) {
        if (Section.Rva >= Rva + PAGE_SIZE || Section.Rva + Section.Size <= Rva) {
            continue;
        }
        if (!MiIsInitSection(&Section)) {
            return FALSE;
        }
        Found = TRUE;
    }
    return Found && Rva >= Pe->SizeOfHeaders;
}

/* MiDiscardRun: free the pages from Begin to End; there may be none. */
static VOID MiDiscardRun(PVOID Base, ULONG Begin, ULONG End)
{
    if (Begin < End) {
        MiDecommitPages((PUCHAR)Base + Begin, (End - Begin) >> PAGE_SHIFT);
    }
}

/*
 * MiDiscardImage: free the pages that are good for the initialisation only (INIT, .reloc).
 * => who runs or reads them afterwards faults.  IRQL < IPI_LEVEL.
 * => sections ascend; only where their alignment is below a page's can two have a page in common
 */
VOID MiDiscardImage(const PE_IMAGE *Pe, const VOID *Headers, PVOID Base)
{
    BOOLEAN Shared = Pe->SectionAlignment < PAGE_SIZE;
    ULONG Begin = 0, End = 0;
    PE_SECTION Section;

    for (ULONG Index = 0; LdrPeGetSection(Pe, Headers, Index, &Section); Index++) {
        ULONG Last = Section.Rva + Section.Size;

        if (!MiIsInitSection(&Section)) {
            continue;
        }
        for (ULONG Rva = Section.Rva & ~(PAGE_SIZE - 1); Rva < Last; Rva += PAGE_SIZE) {
            if (Rva < End || (Shared && !MiIsInitPage(Pe, Headers, Rva))) {
                continue;
            }
            if (Rva != End) {
                MiDiscardRun(Base, Begin, End);
                Begin = Rva;
            }
            End = Rva + PAGE_SIZE;
        }
    }
    MiDiscardRun(Base, Begin, End);
}

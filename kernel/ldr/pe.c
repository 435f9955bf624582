/* SPDX-License-Identifier: MIT */
/*
 * pe.c: what all parts of the PE loader use: bounded access to a view, and
 * the statuses in words.
 */
#include "pe_format.h"

static const char *const LdrpPeStatusTexts[PE_STATUS_COUNT] = {
    [PE_SUCCESS] = "is a valid kernel image",
    [PE_NOT_PE] = "is not a PE image",
    [PE_TRUNCATED] = "is truncated: its headers describe more than the file holds",
    [PE_TOO_LARGE] = "is larger than 1 GiB",
    [PE_32_BIT] = "is a 32-bit image; only x64 images can be loaded",
    [PE_WRONG_MACHINE] = "is for another processor; only x64 images can be loaded",
    [PE_NOT_LINKED] = "is not an executable image: its linker did not finish it",
    [PE_WRONG_SUBSYSTEM] = "is not a kernel image: it must be linked for the subsystem 'native'",
    [PE_BAD_HEADERS] = "has damaged PE headers",
    [PE_BAD_ALIGNMENT] = "has an impossible section or file alignment",
    [PE_BAD_IMAGE_SIZE] = "has an impossible image size (256 MiB at most)",
    [PE_BAD_IMAGE_BASE] = "has an impossible base address",
    [PE_BAD_SECTION] = "has a section that is misplaced: outside the image, or over another one",
    [PE_BAD_DIRECTORY] = "has a data directory outside the image",
    [PE_BAD_ENTRY_POINT] = "has an entry point outside its executable sections",
    [PE_HAS_TLS] = "uses a TLS directory, which kernel images cannot have",
    [PE_MANAGED] = "is a managed (.NET) image, which a kernel cannot run",
    [PE_VIEW_TOO_SMALL] = "does not fit into the memory given for it",
    [PE_NOT_RELOCATABLE] = "has no relocations and can run only at its preferred address",
    [PE_BAD_RELOCATION] = "has a damaged or unsupported relocation",
    [PE_BAD_IMPORT] = "has a damaged import table",
    [PE_MISSING_IMPORT] = "imports something that does not exist",
    [PE_KMDF] = "is a KMDF driver: it imports from WdfLdr.sys, which does not exist here",
    [PE_BAD_EXPORT] = "has a damaged export table",
    [PE_EXPORT_NOT_FOUND] = "does not export that name or ordinal",
    [PE_MODULE_NOT_FOUND] = "is not loaded",
    [PE_FORWARD_TOO_DEEP] = "forwards an export in a circle, or more than 8 modules deep",
    [PE_BAD_LOAD_CONFIG] = "has a damaged load configuration",
};

const char *LdrPeStatusText(PE_STATUS Status)
{
    if ((unsigned)Status >= PE_STATUS_COUNT) {
        return "failed to load for an unknown reason";
    }
    return LdrpPeStatusTexts[Status];
}

const void *LdrPeAt(const PE_IMAGE *Image, const void *View, uint64_t Rva, uint64_t Size)
{
    if (!LdrpPeInside(Rva, Size, Image->Size)) {
        return NULL;
    }
    return (const uint8_t *)View + Rva;
}

const char *LdrPeStringAt(const PE_IMAGE *Image, const void *View, uint64_t Rva, uint32_t Limit)
{
    const char *String = LdrPeAt(Image, View, Rva, 1);
    uint64_t End;

    if (String == NULL) {
        return NULL;
    }
    End = Image->Size - Rva;
    if (End > Limit) {
        End = Limit;
    }
    for (uint64_t Index = 0; Index < End; Index++) {
        if (String[Index] == '\0') {
            return String;
        }
    }
    return NULL;
}

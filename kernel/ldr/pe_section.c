/* SPDX-License-Identifier: MIT */
/*
 * pe_section.c: sections as the owner of the page tables wants them.
 */
#include "pe_format.h"

static bool LdrpPeNameStartsWith(const PE_SECTION *Section, const char *Prefix)
{
    for (uint32_t Index = 0; Prefix[Index] != '\0'; Index++) {
        if (Section->Name[Index] != Prefix[Index]) {
            return false;
        }
    }
    return true;
}

/*
 * LdrpPeSectionFlags: turn characteristics and name into PE_SECTION flags.
 * => executable implies readable, as the processor has it
 * => the names are those that NT's linker directives use: INIT is dropped
 *    after initialisation, what begins with PAGE is paged
 */
static uint32_t LdrpPeSectionFlags(const PE_SECTION *Section, uint32_t Characteristics)
{
    uint32_t Flags = 0;

    if ((Characteristics & (PE_SECTION_READ | PE_SECTION_EXECUTE)) != 0) {
        Flags |= PE_READ;
    }
    if ((Characteristics & PE_SECTION_WRITE) != 0) {
        Flags |= PE_READ | PE_WRITE;
    }
    if ((Characteristics & PE_SECTION_EXECUTE) != 0) {
        Flags |= PE_EXECUTE;
    }
    if ((Characteristics & PE_SECTION_DISCARDABLE) != 0 ||
        (LdrpPeNameStartsWith(Section, "INIT") && Section->Name[4] == '\0')) {
        Flags |= PE_DISCARDABLE;
    }
    if (LdrpPeNameStartsWith(Section, "PAGE")) {
        Flags |= PE_PAGEABLE;
    }
    return Flags;
}

bool LdrPeGetSection(const PE_IMAGE *Image, const void *Headers, uint32_t Index,
                     PE_SECTION *Section)
{
    PE_SECTION_HEADER Header;

    if (Index >= Image->SectionCount) {
        return false;
    }
    __builtin_memcpy(&Header,
                     (const uint8_t *)Headers + Image->SectionTable + Index * sizeof(Header),
                     sizeof(Header));
    __builtin_memcpy(Section->Name, Header.Name, sizeof(Header.Name));
    Section->Name[sizeof(Header.Name)] = '\0';
    Section->Rva = Header.VirtualAddress;
    Section->VirtualSize = Header.VirtualSize != 0 ? Header.VirtualSize : Header.SizeOfRawData;
    if (!LdrpPeInside(Section->Rva, Section->VirtualSize, Image->Size)) {
        return false;
    }
    Section->Size = (uint32_t)(LdrpPeRoundUp((uint64_t)Section->Rva + Section->VirtualSize,
                                             PE_PAGE_SIZE) - Section->Rva);
    Section->Flags = LdrpPeSectionFlags(Section, Header.Characteristics);
    return true;
}

uint32_t LdrPePageProtection(const PE_IMAGE *Image, const void *Headers, uint32_t PageRva)
{
    const uint32_t Shared = PE_DISCARDABLE | PE_PAGEABLE;
    uint64_t Page = PageRva & ~(PE_PAGE_SIZE - 1);
    uint32_t Union = 0;
    uint32_t Common = Shared;
    PE_SECTION Section;

    if (Page < Image->SizeOfHeaders) {
        Union = PE_READ;
        Common = 0;
    }
    for (uint32_t Index = 0; LdrPeGetSection(Image, Headers, Index, &Section); Index++) {
        if (Section.Rva < Page + PE_PAGE_SIZE &&
            (uint64_t)Section.Rva + Section.VirtualSize > Page) {
            Union |= Section.Flags & ~Shared;
            Common &= Section.Flags;
        }
    }
    return Union != 0 ? Union | Common : 0;
}

/* SPDX-License-Identifier: MIT */
/*
 * pe_relocate.c: base relocations.
 *
 * x64 linkers write two types: DIR64, a 64-bit address, and ABSOLUTE, which
 * only pads a block.  Anything else is refused rather than guessed at.
 */
#include "pe_format.h"

bool LdrPeIsRelocatable(const PE_IMAGE *Image)
{
    return Image->Directory[PE_DIRECTORY_RELOCATION].Size != 0 ||
           (Image->Characteristics & PE_FILE_RELOCS_STRIPPED) == 0;
}

/*
 * LdrpPeApplyRelocation: apply one entry of a block.
 */
static bool LdrpPeApplyRelocation(const PE_IMAGE *Image, uint8_t *View, uint32_t PageRva,
                                  uint16_t Entry, uint64_t Delta)
{
    uint64_t Rva = (uint64_t)PageRva + (Entry & 0xFFF);
    uint64_t Address;

    switch (Entry >> 12) {
    case PE_RELOCATION_ABSOLUTE:
        return true;
    case PE_RELOCATION_DIR64:
        if (!LdrpPeCopy(Image, View, Rva, &Address, sizeof(Address))) {
            return false;
        }
        Address += Delta;
        __builtin_memcpy(View + Rva, &Address, sizeof(Address));
        return true;
    default:
        return false;
    }
}

/*
 * LdrpPeApplyBlock: apply the entries of one block.
 * => Rva: of the first entry; Size: of all entries, inside of the view
 */
static bool LdrpPeApplyBlock(const PE_IMAGE *Image, uint8_t *View, uint32_t PageRva, uint64_t Rva,
                             uint32_t Size, uint64_t Delta)
{
    for (uint32_t Offset = 0; Size - Offset >= sizeof(uint16_t); Offset += sizeof(uint16_t)) {
        uint16_t Entry;

        __builtin_memcpy(&Entry, View + Rva + Offset, sizeof(Entry));
        if (!LdrpPeApplyRelocation(Image, View, PageRva, Entry, Delta)) {
            return false;
        }
    }
    return true;
}

/*
 * LdrpPeApplyRelocations: walk the relocation directory.
 * => a block of zeros ends it early: some linkers pad the directory
 */
static bool LdrpPeApplyRelocations(const PE_IMAGE *Image, uint8_t *View, uint64_t Delta)
{
    const PE_DATA_DIRECTORY *Directory = &Image->Directory[PE_DIRECTORY_RELOCATION];
    uint32_t Offset = 0;

    while (Offset < Directory->Size) {
        uint32_t Left = Directory->Size - Offset;
        PE_RELOCATION_BLOCK Block;

        if (Left < sizeof(Block) ||
            !LdrpPeCopy(Image, View, (uint64_t)Directory->Rva + Offset, &Block, sizeof(Block))) {
            return false;
        }
        if (Block.PageRva == 0 && Block.SizeOfBlock == 0) {
            return true;
        }
        if (Block.SizeOfBlock < sizeof(Block) || Block.SizeOfBlock > Left ||
            !LdrpPeApplyBlock(Image, View, Block.PageRva,
                              (uint64_t)Directory->Rva + Offset + sizeof(Block),
                              Block.SizeOfBlock - (uint32_t)sizeof(Block), Delta)) {
            return false;
        }
        Offset += Block.SizeOfBlock;
    }
    return true;
}

PE_STATUS LdrPeRelocate(PE_IMAGE *Image, void *View, uint64_t NewBase)
{
    uint64_t Delta = NewBase - Image->ImageBase;
    size_t Header = Image->OptionalHeader + offsetof(PE_OPTIONAL_HEADER, ImageBase);

    if (NewBase % PE_PAGE_SIZE != 0 || NewBase > UINT64_MAX - PE_MAX_IMAGE_SIZE) {
        return PE_BAD_IMAGE_BASE;
    }
    if (Delta == 0) {
        return PE_SUCCESS;
    }
    if (!LdrPeIsRelocatable(Image)) {
        return PE_NOT_RELOCATABLE;
    }
    if (!LdrpPeApplyRelocations(Image, View, Delta)) {
        return PE_BAD_RELOCATION;
    }
    __builtin_memcpy((uint8_t *)View + Header, &NewBase, sizeof(NewBase));
    Image->ImageBase = NewBase;
    return PE_SUCCESS;
}

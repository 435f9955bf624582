/* SPDX-License-Identifier: MIT */
/*
 * pe_image.c: headers and sections: validate a file, describe it, map it.
 *
 * A file and a view begin with the same headers, so one parser serves both;
 * only what the headers say about places in the file is left out for a view.
 */
#include "pe_format.h"

/* What the parser works on. */
typedef struct _PE_SOURCE {
    const uint8_t *Bytes;
    uint64_t Size;
    bool Mapped;
} PE_SOURCE;

static bool LdrpPeIsPowerOfTwo(uint32_t Value)
{
    return Value != 0 && (Value & (Value - 1)) == 0;
}

/*
 * LdrpPeExtent: bytes that a section takes in the view.
 */
static uint32_t LdrpPeExtent(const PE_SECTION_HEADER *Header)
{
    return Header->VirtualSize != 0 ? Header->VirtualSize : Header->SizeOfRawData;
}

/*
 * LdrpPeRawSize: bytes of a section that come from the file.
 */
static uint32_t LdrpPeRawSize(const PE_SECTION_HEADER *Header)
{
    uint32_t Extent = LdrpPeExtent(Header);

    if (Header->PointerToRawData == 0) {
        return 0;
    }
    return Header->SizeOfRawData < Extent ? Header->SizeOfRawData : Extent;
}

static void LdrpPeReadSection(const PE_IMAGE *Image, const void *Headers, uint32_t Index,
                              PE_SECTION_HEADER *Header)
{
    __builtin_memcpy(Header,
                     (const uint8_t *)Headers + Image->SectionTable + Index * sizeof(*Header),
                     sizeof(*Header));
}

/*
 * LdrpPeFindHeaders: find and check the file header.
 * => *Offset: of the optional header
 */
static PE_STATUS LdrpPeFindHeaders(const PE_SOURCE *Source, PE_FILE_HEADER *File, uint64_t *Offset)
{
    uint16_t Dos = 0;
    uint32_t Start;

    if (Source->Size >= sizeof(Dos)) {
        __builtin_memcpy(&Dos, Source->Bytes, sizeof(Dos));
    }
    if (Dos != PE_DOS_SIGNATURE) {
        return PE_NOT_PE;
    }
    if (!LdrpPeInside(PE_DOS_NT_HEADER, sizeof(Start), Source->Size)) {
        return PE_TRUNCATED;
    }
    __builtin_memcpy(&Start, Source->Bytes + PE_DOS_NT_HEADER, sizeof(Start));
    if (Start >= PE_MAX_FILE_SIZE) {
        return PE_NOT_PE;
    }
    if (!LdrpPeInside(Start, sizeof(*File), Source->Size)) {
        return PE_TRUNCATED;
    }
    __builtin_memcpy(File, Source->Bytes + Start, sizeof(*File));
    if (File->Signature != PE_NT_SIGNATURE) {
        return PE_NOT_PE;
    }
    if (File->Machine == PE_MACHINE_I386 || File->Machine == PE_MACHINE_ARM) {
        return PE_32_BIT;
    }
    if (File->Machine != PE_MACHINE_AMD64) {
        return PE_WRONG_MACHINE;
    }
    if ((File->Characteristics & PE_FILE_EXECUTABLE) == 0) {
        return PE_NOT_LINKED;
    }
    *Offset = (uint64_t)Start + sizeof(*File);
    return PE_SUCCESS;
}

/*
 * LdrpPeCheckOptional: judge what the optional header says by itself.
 */
static PE_STATUS LdrpPeCheckOptional(const PE_OPTIONAL_HEADER *Optional)
{
    if (!LdrpPeIsPowerOfTwo(Optional->SectionAlignment) ||
        !LdrpPeIsPowerOfTwo(Optional->FileAlignment) ||
        Optional->SectionAlignment > PE_MAX_IMAGE_SIZE ||
        Optional->FileAlignment > Optional->SectionAlignment) {
        return PE_BAD_ALIGNMENT;
    }
    if (Optional->SectionAlignment < PE_PAGE_SIZE &&
        Optional->FileAlignment != Optional->SectionAlignment) {
        return PE_BAD_ALIGNMENT;
    }
    if (Optional->SizeOfImage == 0 || Optional->SizeOfImage > PE_MAX_IMAGE_SIZE) {
        return PE_BAD_IMAGE_SIZE;
    }
    if (Optional->ImageBase % PE_PAGE_SIZE != 0 ||
        Optional->ImageBase > UINT64_MAX - PE_MAX_IMAGE_SIZE) {
        return PE_BAD_IMAGE_BASE;
    }
    if (Optional->Subsystem != PE_SUBSYSTEM_NATIVE) {
        return PE_WRONG_SUBSYSTEM;
    }
    return PE_SUCCESS;
}

/*
 * LdrpPeReadOptional: read and check the optional header, fill Image from it.
 * => Image->OptionalHeader is set
 */
static PE_STATUS LdrpPeReadOptional(const PE_SOURCE *Source, const PE_FILE_HEADER *File,
                                    PE_IMAGE *Image, uint32_t *Directories)
{
    PE_OPTIONAL_HEADER Optional;
    PE_STATUS Status;

    if (!LdrpPeInside(Image->OptionalHeader, File->SizeOfOptionalHeader, Source->Size)) {
        return PE_TRUNCATED;
    }
    if (File->SizeOfOptionalHeader < sizeof(Optional)) {
        return PE_BAD_HEADERS;
    }
    __builtin_memcpy(&Optional, Source->Bytes + Image->OptionalHeader, sizeof(Optional));
    if (Optional.Magic != PE_MAGIC_PE32_PLUS) {
        return Optional.Magic == PE_MAGIC_PE32 ? PE_32_BIT : PE_BAD_HEADERS;
    }
    Status = LdrpPeCheckOptional(&Optional);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    Image->ImageBase = Optional.ImageBase;
    Image->Size = (uint32_t)LdrpPeRoundUp(Optional.SizeOfImage, PE_PAGE_SIZE);
    Image->SizeOfHeaders = Optional.SizeOfHeaders;
    Image->EntryPoint = Optional.AddressOfEntryPoint;
    Image->CheckSum = Optional.CheckSum;
    Image->SectionAlignment = Optional.SectionAlignment;
    Image->DllCharacteristics = Optional.DllCharacteristics;
    Image->Subsystem = Optional.Subsystem;
    *Directories = Optional.NumberOfRvaAndSizes;
    return PE_SUCCESS;
}

/*
 * LdrpPeReadDirectories: read the data directories and check that those with
 * an RVA lie inside the image.
 * => a directory without an RVA is absent, whatever its size says
 */
static PE_STATUS LdrpPeReadDirectories(const PE_SOURCE *Source, const PE_FILE_HEADER *File,
                                       uint32_t Count, PE_IMAGE *Image)
{
    if (Count > PE_DIRECTORY_COUNT) {
        Count = PE_DIRECTORY_COUNT;
    }
    if (Count * sizeof(PE_DATA_DIRECTORY) >
        File->SizeOfOptionalHeader - sizeof(PE_OPTIONAL_HEADER)) {
        return PE_BAD_HEADERS;
    }
    __builtin_memcpy(Image->Directory,
                     Source->Bytes + Image->OptionalHeader + sizeof(PE_OPTIONAL_HEADER),
                     Count * sizeof(PE_DATA_DIRECTORY));
    if (Image->Directory[PE_DIRECTORY_TLS].Rva != 0) {
        return PE_HAS_TLS;
    }
    if (Image->Directory[PE_DIRECTORY_COM].Rva != 0) {
        return PE_MANAGED;
    }
    for (uint32_t Index = 0; Index < PE_DIRECTORY_COUNT; Index++) {
        PE_DATA_DIRECTORY *Directory = &Image->Directory[Index];

        if (Directory->Rva == 0) {
            Directory->Size = 0;
        }
        if (Index != PE_DIRECTORY_CERTIFICATES &&
            !LdrpPeInside(Directory->Rva, Directory->Size, Image->Size)) {
            return PE_BAD_DIRECTORY;
        }
    }
    return PE_SUCCESS;
}

/*
 * LdrpPeCheckSection: check one section against the file and its predecessors.
 * => *End: where the previous section ends in the view; updated
 */
static PE_STATUS LdrpPeCheckSection(const PE_SOURCE *Source, const PE_IMAGE *Image,
                                    const PE_SECTION_HEADER *Header, uint64_t *End)
{
    uint32_t Extent = LdrpPeExtent(Header);

    if (Extent == 0) {
        return PE_SUCCESS;
    }
    if (Header->VirtualAddress % Image->SectionAlignment != 0 || Header->VirtualAddress < *End ||
        !LdrpPeInside(Header->VirtualAddress, Extent, Image->Size)) {
        return PE_BAD_SECTION;
    }
    *End = (uint64_t)Header->VirtualAddress + Extent;
    if (!Source->Mapped && Header->PointerToRawData != 0 &&
        !LdrpPeInside(Header->PointerToRawData, Header->SizeOfRawData, Source->Size)) {
        return PE_TRUNCATED;
    }
    return PE_SUCCESS;
}

/*
 * LdrpPeCheckSections: check the section table and the entry point.
 */
static PE_STATUS LdrpPeCheckSections(const PE_SOURCE *Source, const PE_IMAGE *Image)
{
    uint64_t End = Image->SizeOfHeaders;
    bool EntryFound = Image->EntryPoint == 0;

    for (uint32_t Index = 0; Index < Image->SectionCount; Index++) {
        PE_SECTION_HEADER Header;
        PE_STATUS Status;

        LdrpPeReadSection(Image, Source->Bytes, Index, &Header);
        Status = LdrpPeCheckSection(Source, Image, &Header, &End);
        if (Status != PE_SUCCESS) {
            return Status;
        }
        if ((Header.Characteristics & PE_SECTION_EXECUTE) != 0 &&
            Image->EntryPoint >= Header.VirtualAddress &&
            Image->EntryPoint - Header.VirtualAddress < LdrpPeExtent(&Header)) {
            EntryFound = true;
        }
    }
    return EntryFound ? PE_SUCCESS : PE_BAD_ENTRY_POINT;
}

/*
 * LdrpPeFileExtent: where the last thing that the headers speak of ends.
 */
static uint64_t LdrpPeFileExtent(const PE_SOURCE *Source, const PE_FILE_HEADER *File,
                                 const PE_IMAGE *Image)
{
    const PE_DATA_DIRECTORY *Certificates = &Image->Directory[PE_DIRECTORY_CERTIFICATES];
    uint64_t Extent = Image->SizeOfHeaders;
    uint64_t End;

    for (uint32_t Index = 0; Index < Image->SectionCount; Index++) {
        PE_SECTION_HEADER Header;

        LdrpPeReadSection(Image, Source->Bytes, Index, &Header);
        End = (uint64_t)Header.PointerToRawData + Header.SizeOfRawData;
        if (Header.PointerToRawData != 0 && End > Extent) {
            Extent = End;
        }
    }
    if (File->PointerToSymbolTable != 0) {
        uint32_t Strings = sizeof(Strings);

        End = File->PointerToSymbolTable + (uint64_t)File->NumberOfSymbols * PE_SYMBOL_SIZE;
        if (LdrpPeInside(End, sizeof(Strings), Source->Size)) {
            __builtin_memcpy(&Strings, Source->Bytes + End, sizeof(Strings));
        }
        End += Strings;
        if (End > Extent) {
            Extent = End;
        }
    }
    End = (uint64_t)Certificates->Rva + Certificates->Size;
    return Certificates->Rva != 0 && End > Extent ? End : Extent;
}

/*
 * LdrpPeParse: validate the headers of a file or a view, fill *Image.
 */
static PE_STATUS LdrpPeParse(const PE_SOURCE *Source, PE_IMAGE *Image)
{
    PE_FILE_HEADER File;
    uint64_t Offset, TableEnd;
    uint32_t Directories;
    PE_STATUS Status;

    Status = LdrpPeFindHeaders(Source, &File, &Offset);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    Image->OptionalHeader = (uint32_t)Offset;
    Image->SectionTable = (uint32_t)Offset + File.SizeOfOptionalHeader;
    Image->SectionCount = File.NumberOfSections;
    Image->Characteristics = File.Characteristics;
    Image->TimeDateStamp = File.TimeDateStamp;
    Status = LdrpPeReadOptional(Source, &File, Image, &Directories);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    TableEnd = Image->SectionTable + (uint64_t)Image->SectionCount * sizeof(PE_SECTION_HEADER);
    if (Image->SectionCount == 0 || Image->SectionCount > PE_MAX_SECTIONS ||
        Image->SizeOfHeaders < TableEnd || Image->SizeOfHeaders > Image->Size) {
        return PE_BAD_HEADERS;
    }
    if (Image->SizeOfHeaders > Source->Size) {
        return PE_TRUNCATED;
    }
    Status = LdrpPeReadDirectories(Source, &File, Directories, Image);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    if (!Source->Mapped) {
        Image->FileExtent = LdrpPeFileExtent(Source, &File, Image);
    }
    return LdrpPeCheckSections(Source, Image);
}

PE_STATUS LdrPeOpen(const void *File, size_t FileSize, PE_IMAGE *Image)
{
    PE_SOURCE Source = { File, FileSize, false };
    PE_IMAGE Parsed = { 0 };
    PE_STATUS Status;

    if (FileSize > PE_MAX_FILE_SIZE) {
        return PE_TOO_LARGE;
    }
    Status = LdrpPeParse(&Source, &Parsed);
    if (Status == PE_SUCCESS) {
        *Image = Parsed;
    }
    return Status;
}

PE_STATUS LdrPeOpenMapped(const void *View, size_t ViewSize, PE_IMAGE *Image)
{
    PE_SOURCE Source = { View, ViewSize, true };
    PE_IMAGE Parsed = { 0 };
    PE_STATUS Status;

    Status = LdrpPeParse(&Source, &Parsed);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    if (ViewSize < Parsed.Size) {
        return PE_VIEW_TOO_SMALL;
    }
    *Image = Parsed;
    return PE_SUCCESS;
}

PE_STATUS LdrPeMap(const PE_IMAGE *Image, const void *File, size_t FileSize, void *View,
                   size_t ViewSize)
{
    PE_SOURCE Source = { File, FileSize, false };
    PE_STATUS Status;

    if (ViewSize < Image->Size) {
        return PE_VIEW_TOO_SMALL;
    }
    if (FileSize < Image->SizeOfHeaders) {
        return PE_TRUNCATED;
    }
    Status = LdrpPeCheckSections(&Source, Image);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    __builtin_memset(View, 0, Image->Size);
    __builtin_memcpy(View, File, Image->SizeOfHeaders);
    for (uint32_t Index = 0; Index < Image->SectionCount; Index++) {
        PE_SECTION_HEADER Header;

        LdrpPeReadSection(Image, File, Index, &Header);
        if (LdrpPeRawSize(&Header) != 0) {
            __builtin_memcpy((uint8_t *)View + Header.VirtualAddress,
                             Source.Bytes + Header.PointerToRawData, LdrpPeRawSize(&Header));
        }
    }
    return PE_SUCCESS;
}

/* SPDX-License-Identifier: MIT */
/*
 * pe_format.h: the structures of a PE32+ file, and how this folder reads them.
 *
 * Structures are copied out of the image before use (LdrpPeCopy), because
 * nothing guarantees their alignment there.  Reference: Microsoft, "PE Format".
 */
#pragma once

#include "pe.h"

#define PE_DOS_SIGNATURE        0x5A4Du     /* MZ */
#define PE_NT_SIGNATURE         0x4550u     /* PE, two zeros */
#define PE_DOS_NT_HEADER        0x3Cu       /* where the offset of the NT headers lies */
#define PE_MACHINE_I386         0x014Cu
#define PE_MACHINE_ARM          0x01C4u
#define PE_MAGIC_PE32           0x010Bu
#define PE_MAGIC_PE32_PLUS      0x020Bu

#define PE_SECTION_DISCARDABLE  0x02000000u
#define PE_SECTION_EXECUTE      0x20000000u
#define PE_SECTION_READ         0x40000000u
#define PE_SECTION_WRITE        0x80000000u

#define PE_RELOCATION_ABSOLUTE  0u
#define PE_RELOCATION_DIR64     10u

#define PE_IMPORT_BY_ORDINAL    0x8000000000000000ull

#define PE_SYMBOL_SIZE          18u         /* of an entry in the COFF symbol table */

typedef struct _PE_FILE_HEADER {
    uint32_t Signature;
    uint16_t Machine;
    uint16_t NumberOfSections;
    uint32_t TimeDateStamp;
    uint32_t PointerToSymbolTable;
    uint32_t NumberOfSymbols;
    uint16_t SizeOfOptionalHeader;
    uint16_t Characteristics;
} PE_FILE_HEADER;

/* Up to the data directories. */
typedef struct _PE_OPTIONAL_HEADER {
    uint16_t Magic;
    uint8_t MajorLinkerVersion;
    uint8_t MinorLinkerVersion;
    uint32_t SizeOfCode;
    uint32_t SizeOfInitializedData;
    uint32_t SizeOfUninitializedData;
    uint32_t AddressOfEntryPoint;
    uint32_t BaseOfCode;
    uint64_t ImageBase;
    uint32_t SectionAlignment;
    uint32_t FileAlignment;
    uint16_t MajorOperatingSystemVersion;
    uint16_t MinorOperatingSystemVersion;
    uint16_t MajorImageVersion;
    uint16_t MinorImageVersion;
    uint16_t MajorSubsystemVersion;
    uint16_t MinorSubsystemVersion;
    uint32_t Win32VersionValue;
    uint32_t SizeOfImage;
    uint32_t SizeOfHeaders;
    uint32_t CheckSum;
    uint16_t Subsystem;
    uint16_t DllCharacteristics;
    uint64_t SizeOfStackReserve;
    uint64_t SizeOfStackCommit;
    uint64_t SizeOfHeapReserve;
    uint64_t SizeOfHeapCommit;
    uint32_t LoaderFlags;
    uint32_t NumberOfRvaAndSizes;
} PE_OPTIONAL_HEADER;

typedef struct _PE_SECTION_HEADER {
    char Name[8];
    uint32_t VirtualSize;
    uint32_t VirtualAddress;
    uint32_t SizeOfRawData;
    uint32_t PointerToRawData;
    uint32_t PointerToRelocations;
    uint32_t PointerToLineNumbers;
    uint16_t NumberOfRelocations;
    uint16_t NumberOfLineNumbers;
    uint32_t Characteristics;
} PE_SECTION_HEADER;

typedef struct _PE_EXPORT_DIRECTORY {
    uint32_t Characteristics;
    uint32_t TimeDateStamp;
    uint16_t MajorVersion;
    uint16_t MinorVersion;
    uint32_t Name;
    uint32_t Base;
    uint32_t NumberOfFunctions;
    uint32_t NumberOfNames;
    uint32_t AddressOfFunctions;
    uint32_t AddressOfNames;
    uint32_t AddressOfNameOrdinals;
} PE_EXPORT_DIRECTORY;

typedef struct _PE_IMPORT_DESCRIPTOR {
    uint32_t OriginalFirstThunk;
    uint32_t TimeDateStamp;
    uint32_t ForwarderChain;
    uint32_t Name;
    uint32_t FirstThunk;
} PE_IMPORT_DESCRIPTOR;

typedef struct _PE_RELOCATION_BLOCK {
    uint32_t PageRva;
    uint32_t SizeOfBlock;
} PE_RELOCATION_BLOCK;

typedef struct _PE_RUNTIME_FUNCTION {
    uint32_t Begin;
    uint32_t End;
    uint32_t UnwindInfo;
} PE_RUNTIME_FUNCTION;

_Static_assert(sizeof(PE_FILE_HEADER) == 24, "signature and file header");
_Static_assert(sizeof(PE_OPTIONAL_HEADER) == 112, "optional header of PE32+");
_Static_assert(offsetof(PE_OPTIONAL_HEADER, ImageBase) == 24, "optional header of PE32+");
_Static_assert(sizeof(PE_SECTION_HEADER) == 40, "section header");
_Static_assert(sizeof(PE_EXPORT_DIRECTORY) == 40, "export directory");
_Static_assert(sizeof(PE_IMPORT_DESCRIPTOR) == 20, "import descriptor");

/*
 * LdrpPeRoundUp: round up to a multiple of Unit, a power of two.
 */
static inline uint64_t LdrpPeRoundUp(uint64_t Value, uint64_t Unit)
{
    return (Value + Unit - 1) & ~(Unit - 1);
}

/*
 * LdrpPeInside: do Length bytes at Offset lie inside of Size bytes?
 */
static inline bool LdrpPeInside(uint64_t Offset, uint64_t Length, uint64_t Size)
{
    return Offset <= Size && Length <= Size - Offset;
}

/*
 * LdrpPeCopy: copy a structure out of the view.
 * => false, nothing copied, unless all of it is inside
 */
static inline bool LdrpPeCopy(const PE_IMAGE *Image, const void *View, uint64_t Rva, void *To,
                              size_t Size)
{
    if (!LdrpPeInside(Rva, Size, Image->Size)) {
        return false;
    }
    __builtin_memcpy(To, (const uint8_t *)View + Rva, Size);
    return true;
}

/* SPDX-License-Identifier: MIT */
/*
 * image.c: finding the headers of an image that is in memory.
 *
 * For drivers, which ask about images that the loader has already checked;
 * the loader itself reads images by the bounded functions of pe.h.
 * Any IRQL if the image is resident.
 */
#include "rtlp.h"

#define RTLP_MAX_HEADER_OFFSET 0x10000000

PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base);
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT DirectoryEntry,
                                         PULONG Size);

/*
 * RtlImageNtHeader: find the NT headers. ["ImageNtHeader function (dbghelp.h)"]
 *
 * => NULL if there are none.
 */
PIMAGE_NT_HEADERS NTAPI RtlImageNtHeader(PVOID Base)
{
    PIMAGE_DOS_HEADER Dos = Base;
    PIMAGE_NT_HEADERS Headers;

    if (Base == NULL || Dos->e_magic != IMAGE_DOS_SIGNATURE || Dos->e_lfanew < 0 ||
        Dos->e_lfanew >= RTLP_MAX_HEADER_OFFSET)
        return NULL;
    Headers = (PIMAGE_NT_HEADERS)((PUCHAR)Base + Dos->e_lfanew);
    return Headers->Signature == IMAGE_NT_SIGNATURE ? Headers : NULL;
}

/* RtlpRvaToFileOffset: where an RVA is in the file; 0 if no section has it. */
static ULONG RtlpRvaToFileOffset(PIMAGE_NT_HEADERS Headers, ULONG Rva)
{
    PIMAGE_SECTION_HEADER Section = IMAGE_FIRST_SECTION(Headers);
    USHORT Count = Headers->FileHeader.NumberOfSections;

    if (Rva < Headers->OptionalHeader.SizeOfHeaders)
        return Rva;
    for (; Count > 0; Count--, Section++) {
        if (Rva >= Section->VirtualAddress &&
            Rva - Section->VirtualAddress < Section->SizeOfRawData)
            return Rva - Section->VirtualAddress + Section->PointerToRawData;
    }
    return 0;
}

/*
 * RtlImageDirectoryEntryToData: find a data directory.
 * ["ImageDirectoryEntryToData function (dbghelp.h)"]
 *
 * => MappedAsImage says whether Base is an image or a file's bytes; bit 0 of
 *    Base set means a file too.
 * => NULL and a size of 0 if there is none.
 */
PVOID NTAPI RtlImageDirectoryEntryToData(PVOID Base, BOOLEAN MappedAsImage, USHORT DirectoryEntry,
                                         PULONG Size)
{
    PUCHAR Bytes = (PUCHAR)((ULONG_PTR)Base & ~(ULONG_PTR)1);
    PIMAGE_NT_HEADERS Headers = RtlImageNtHeader(Bytes);
    PIMAGE_DATA_DIRECTORY Directory;
    ULONG Offset;

    *Size = 0;
    if (Headers == NULL || Headers->OptionalHeader.Magic != IMAGE_NT_OPTIONAL_HDR64_MAGIC ||
        DirectoryEntry >= Headers->OptionalHeader.NumberOfRvaAndSizes ||
        DirectoryEntry >= IMAGE_NUMBEROF_DIRECTORY_ENTRIES)
        return NULL;
    Directory = &Headers->OptionalHeader.DataDirectory[DirectoryEntry];
    if (Directory->VirtualAddress == 0)
        return NULL;
    Offset = Directory->VirtualAddress;
    if (!MappedAsImage || Bytes != Base)
        Offset = RtlpRvaToFileOffset(Headers, Offset);
    if (Offset == 0)
        return NULL;
    *Size = Directory->Size;
    return Bytes + Offset;
}

/* SPDX-License-Identifier: MIT */
/*
 * pe_export.c: look-ups in an export table.
 *
 * The name table should be sorted by byte value, and then a binary search
 * finds a name.  Not every linker sorts, or sorts by that order, so a name
 * that the binary search misses is looked for one by one.
 */
#include "pe_format.h"

/*
 * LdrpPeReadExports: read the export directory.
 * => PE_EXPORT_NOT_FOUND if the image exports nothing
 */
static PE_STATUS LdrpPeReadExports(const PE_IMAGE *Image, const void *View,
                                   PE_EXPORT_DIRECTORY *Exports)
{
    const PE_DATA_DIRECTORY *Directory = &Image->Directory[PE_DIRECTORY_EXPORT];

    if (Directory->Rva == 0 || Directory->Size == 0) {
        return PE_EXPORT_NOT_FOUND;
    }
    if (!LdrpPeCopy(Image, View, Directory->Rva, Exports, sizeof(*Exports))) {
        return PE_BAD_EXPORT;
    }
    if (Exports->NumberOfFunctions > PE_MAX_EXPORTS || Exports->NumberOfNames > PE_MAX_EXPORTS) {
        return PE_BAD_EXPORT;
    }
    if (!LdrpPeInside(Exports->AddressOfFunctions,
                      (uint64_t)Exports->NumberOfFunctions * sizeof(uint32_t), Image->Size) ||
        !LdrpPeInside(Exports->AddressOfNames,
                      (uint64_t)Exports->NumberOfNames * sizeof(uint32_t), Image->Size) ||
        !LdrpPeInside(Exports->AddressOfNameOrdinals,
                      (uint64_t)Exports->NumberOfNames * sizeof(uint16_t), Image->Size)) {
        return PE_BAD_EXPORT;
    }
    return PE_SUCCESS;
}

/*
 * LdrpPeCompareName: compare Name with entry Index of the name table.
 * => below, equal to, or above zero, like strcmp(Name, entry)
 * => an entry that leaves the image is above every name
 */
static int LdrpPeCompareName(const PE_IMAGE *Image, const void *View,
                             const PE_EXPORT_DIRECTORY *Exports, uint32_t Index, const char *Name)
{
    const uint8_t *Bytes = View;
    uint32_t Rva;

    __builtin_memcpy(&Rva, Bytes + Exports->AddressOfNames + Index * sizeof(Rva), sizeof(Rva));
    for (uint64_t At = Rva; At < Image->Size; At++, Name++) {
        uint8_t Wanted = (uint8_t)*Name;

        if (Wanted != Bytes[At]) {
            return Wanted < Bytes[At] ? -1 : 1;
        }
        if (Wanted == 0) {
            return 0;
        }
    }
    return -1;
}

/*
 * LdrpPeSearchNames: find Name in the name table.
 * => index, or NumberOfNames if it is not there
 */
static uint32_t LdrpPeSearchNames(const PE_IMAGE *Image, const void *View,
                                  const PE_EXPORT_DIRECTORY *Exports, const char *Name,
                                  uint16_t Hint)
{
    uint32_t Low = 0, High = Exports->NumberOfNames;
    uint32_t Index;

    if (Hint < Exports->NumberOfNames &&
        LdrpPeCompareName(Image, View, Exports, Hint, Name) == 0) {
        return Hint;
    }
    while (Low < High) {
        uint32_t Middle = Low + (High - Low) / 2;
        int Order = LdrpPeCompareName(Image, View, Exports, Middle, Name);

        if (Order == 0) {
            return Middle;
        }
        if (Order < 0) {
            High = Middle;
        } else {
            Low = Middle + 1;
        }
    }
    for (Index = 0; Index < Exports->NumberOfNames; Index++) {
        if (LdrpPeCompareName(Image, View, Exports, Index, Name) == 0) {
            break;
        }
    }
    return Index;
}

/*
 * LdrpPeDescribeExport: turn an index into the address table into an export.
 * => an address inside the export directory is the RVA of a forwarder string
 */
static PE_STATUS LdrpPeDescribeExport(const PE_IMAGE *Image, const void *View,
                                      const PE_EXPORT_DIRECTORY *Exports, uint32_t Index,
                                      PE_EXPORT *Export)
{
    const PE_DATA_DIRECTORY *Directory = &Image->Directory[PE_DIRECTORY_EXPORT];
    uint32_t Rva;

    if (Index >= Exports->NumberOfFunctions) {
        return PE_BAD_EXPORT;
    }
    __builtin_memcpy(&Rva,
                     (const uint8_t *)View + Exports->AddressOfFunctions + Index * sizeof(Rva),
                     sizeof(Rva));
    if (Rva == 0) {
        return PE_EXPORT_NOT_FOUND;
    }
    if (Rva >= Image->Size) {
        return PE_BAD_EXPORT;
    }
    if (Rva >= Directory->Rva && Rva - Directory->Rva < Directory->Size) {
        Export->Rva = 0;
        Export->Forwarder = LdrPeStringAt(Image, View, Rva, PE_MAX_NAME);
        return Export->Forwarder != NULL ? PE_SUCCESS : PE_BAD_EXPORT;
    }
    Export->Rva = Rva;
    Export->Forwarder = NULL;
    return PE_SUCCESS;
}

PE_STATUS LdrPeFindExport(const PE_IMAGE *Image, const void *View, const char *Name, uint16_t Hint,
                          PE_EXPORT *Export)
{
    PE_EXPORT_DIRECTORY Exports;
    PE_STATUS Status;
    uint32_t Index;
    uint16_t Function;

    Status = LdrpPeReadExports(Image, View, &Exports);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    Index = LdrpPeSearchNames(Image, View, &Exports, Name, Hint);
    if (Index == Exports.NumberOfNames) {
        return PE_EXPORT_NOT_FOUND;
    }
    __builtin_memcpy(&Function,
                     (const uint8_t *)View + Exports.AddressOfNameOrdinals +
                     Index * sizeof(Function),
                     sizeof(Function));
    return LdrpPeDescribeExport(Image, View, &Exports, Function, Export);
}

PE_STATUS LdrPeFindOrdinal(const PE_IMAGE *Image, const void *View, uint32_t Ordinal,
                           PE_EXPORT *Export)
{
    PE_EXPORT_DIRECTORY Exports;
    PE_STATUS Status;

    Status = LdrpPeReadExports(Image, View, &Exports);
    if (Status != PE_SUCCESS) {
        return Status;
    }
    if (Ordinal < Exports.Base || Ordinal - Exports.Base >= Exports.NumberOfFunctions) {
        return PE_EXPORT_NOT_FOUND;
    }
    return LdrpPeDescribeExport(Image, View, &Exports, Ordinal - Exports.Base, Export);
}

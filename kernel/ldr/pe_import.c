/* SPDX-License-Identifier: MIT */
/*
 * pe_import.c: the import table: visit it, and write addresses into it.
 *
 * A descriptor names a DLL and two parallel tables: the lookup table, which
 * says what is wanted, and the address table, which code calls through.  Old
 * linkers leave the first one out; then the address table holds the wishes
 * until it is bound.  One DLL may have several descriptors.
 *
 * Binding writes while it walks, and a hostile image can let an address slot
 * lie over anything the walk reads next, so every string is checked again for
 * every symbol, and the count of symbols is bounded.
 */
#include "pe_format.h"

typedef struct _PE_WALK {
    const PE_IMAGE *Image;
    const void *View;
    PE_IMPORT_VISITOR *Visit;
    void *Context;
    uint32_t Left;                  /* symbols until the bound is reached */
} PE_WALK;

typedef struct _PE_BINDING {
    const PE_IMAGE *Image;
    uint8_t *View;
    const PE_BINDER *Binder;
    bool Missing;
} PE_BINDING;

/*
 * LdrpPeReadDescriptor: read import descriptor Index.
 * => *Last: it is the empty one that ends the table
 */
static PE_STATUS LdrpPeReadDescriptor(const PE_IMAGE *Image, const void *View, uint32_t Index,
                                      PE_IMPORT_DESCRIPTOR *Descriptor, bool *Last)
{
    uint64_t Rva = (uint64_t)Image->Directory[PE_DIRECTORY_IMPORT].Rva +
                   Index * sizeof(*Descriptor);

    if (Image->Directory[PE_DIRECTORY_IMPORT].Rva == 0) {
        *Last = true;
        return PE_SUCCESS;
    }
    if (!LdrpPeCopy(Image, View, Rva, Descriptor, sizeof(*Descriptor))) {
        return PE_BAD_IMPORT;
    }
    *Last = Descriptor->Name == 0;
    if (!*Last && (Descriptor->FirstThunk == 0 || Index == PE_MAX_DESCRIPTORS)) {
        return PE_BAD_IMPORT;
    }
    return PE_SUCCESS;
}

/*
 * LdrpPeRefuseKmdf: PE_KMDF if any descriptor names the framework's loader.
 */
static PE_STATUS LdrpPeRefuseKmdf(const PE_IMAGE *Image, const void *View)
{
    PE_IMPORT_DESCRIPTOR Descriptor;
    const char *Module;
    PE_STATUS Status;
    bool Last;

    for (uint32_t Index = 0;; Index++) {
        Status = LdrpPeReadDescriptor(Image, View, Index, &Descriptor, &Last);
        if (Status != PE_SUCCESS || Last) {
            return Status;
        }
        Module = LdrPeStringAt(Image, View, Descriptor.Name, PE_MAX_NAME);
        if (Module == NULL) {
            return PE_BAD_IMPORT;
        }
        if (LdrPeSameModule(Module, "WdfLdr.sys")) {
            return PE_KMDF;
        }
    }
}

/*
 * LdrpPeDecodeImport: fill *Import from a lookup entry.
 * => Import->SlotRva is the caller's
 */
static bool LdrpPeDecodeImport(const PE_IMAGE *Image, const void *View, uint32_t ModuleRva,
                               uint64_t Entry, PE_IMPORT *Import)
{
    Import->Name = NULL;
    Import->Hint = 0;
    Import->Ordinal = 0;
    Import->Module = LdrPeStringAt(Image, View, ModuleRva, PE_MAX_NAME);
    if (Import->Module == NULL) {
        return false;
    }
    if ((Entry & PE_IMPORT_BY_ORDINAL) != 0) {
        Import->Ordinal = (uint16_t)Entry;
        return (Entry & ~PE_IMPORT_BY_ORDINAL) <= UINT16_MAX;
    }
    if (!LdrpPeCopy(Image, View, Entry, &Import->Hint, sizeof(Import->Hint))) {
        return false;
    }
    Import->Name = LdrPeStringAt(Image, View, Entry + sizeof(Import->Hint), PE_MAX_NAME);
    return Import->Name != NULL && Import->Name[0] != '\0';
}

/*
 * LdrpPeWalkDescriptor: visit the symbols of one descriptor.
 */
static PE_STATUS LdrpPeWalkDescriptor(PE_WALK *Walk, const PE_IMPORT_DESCRIPTOR *Descriptor)
{
    uint32_t Lookup = Descriptor->OriginalFirstThunk != 0 ? Descriptor->OriginalFirstThunk
                                                          : Descriptor->FirstThunk;

    for (uint64_t Offset = 0;; Offset += sizeof(uint64_t)) {
        PE_IMPORT Import;
        PE_STATUS Status;
        uint64_t Entry;

        if (!LdrpPeCopy(Walk->Image, Walk->View, Lookup + Offset, &Entry, sizeof(Entry))) {
            return PE_BAD_IMPORT;
        }
        if (Entry == 0) {
            return PE_SUCCESS;
        }
        if (Walk->Left-- == 0 ||
            !LdrpPeInside(Descriptor->FirstThunk + Offset, sizeof(Entry), Walk->Image->Size) ||
            !LdrpPeDecodeImport(Walk->Image, Walk->View, Descriptor->Name, Entry, &Import)) {
            return PE_BAD_IMPORT;
        }
        Import.SlotRva = (uint32_t)(Descriptor->FirstThunk + Offset);
        Status = Walk->Visit(Walk->Context, &Import);
        if (Status != PE_SUCCESS) {
            return Status;
        }
    }
}

PE_STATUS LdrPeWalkImports(const PE_IMAGE *Image, const void *View, PE_IMPORT_VISITOR *Visit,
                           void *Context)
{
    PE_WALK Walk = { Image, View, Visit, Context, PE_MAX_IMPORTS };
    PE_IMPORT_DESCRIPTOR Descriptor;
    PE_STATUS Status;
    bool Last;

    Status = LdrpPeRefuseKmdf(Image, View);
    for (uint32_t Index = 0; Status == PE_SUCCESS; Index++) {
        Status = LdrpPeReadDescriptor(Image, View, Index, &Descriptor, &Last);
        if (Status != PE_SUCCESS || Last) {
            break;
        }
        Status = LdrpPeWalkDescriptor(&Walk, &Descriptor);
    }
    return Status;
}

/*
 * LdrpPeBindOne: a PE_IMPORT_VISITOR that resolves one import into its slot.
 * => a missing import is noted and does not end the walk
 */
static PE_STATUS LdrpPeBindOne(void *Context, const PE_IMPORT *Import)
{
    PE_BINDING *Binding = Context;
    const PE_BINDER *Binder = Binding->Binder;
    uint64_t Address = 0;
    PE_STATUS Status;

    Status = Binder->Resolve(Binder->Context, Import, &Address);
    if (Status != PE_SUCCESS) {
        Binding->Missing = true;
        if (Binder->Missing != NULL) {
            Binder->Missing(Binder->Context, Import, Status);
        }
        return PE_SUCCESS;
    }
    __builtin_memcpy(Binding->View + Import->SlotRva, &Address, sizeof(Address));
    return PE_SUCCESS;
}

PE_STATUS LdrPeBindImports(const PE_IMAGE *Image, void *View, const PE_BINDER *Binder)
{
    PE_BINDING Binding = { Image, View, Binder, false };
    PE_STATUS Status;

    Status = LdrPeWalkImports(Image, View, LdrpPeBindOne, &Binding);
    if (Status == PE_SUCCESS && Binding.Missing) {
        return PE_MISSING_IMPORT;
    }
    return Status;
}

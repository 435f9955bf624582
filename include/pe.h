/* SPDX-License-Identifier: MIT */
/*
 * pe.h: the PE loader, one implementation for boot, kernel, tool, simulator
 * and fuzzer.
 *
 * Pure functions over bounded buffers: no global state, no allocation, and
 * nothing in an image is trusted.  Offsets, addresses, counts and strings are
 * checked at every use, also in a mapped image, because its own relocations
 * and import slots may have overwritten what was checked before.
 *
 * Life of an image:
 *
 *     LdrPeOpen             file bytes -> PE_IMAGE (a description by value)
 *     LdrPeMap              file bytes -> view of Image.Size bytes
 *     LdrPeRelocate         view, to the address at which it will run
 *     LdrPeBindImports      view, addresses from a resolver
 *     LdrPeApplyLoadConfig  view, security cookie and guard pointers
 *     LdrPeGetSection,      the caller protects the pages, after which the
 *     LdrPePageProtection   view may run
 *
 * A "view" is where the loader can reach the mapped image.  It need not be
 * where the image runs: boot relocates to a kernel address what it sees at a
 * physical one.
 *
 * Reference: Microsoft, "PE Format", and "IMAGE_LOAD_CONFIG_DIRECTORY64".
 * The names differ from those of the SDK's IMAGE_* types on purpose, so that
 * a file may include this header and nt.h.
 */
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PE_PAGE_SIZE          0x1000u
#define PE_MAX_FILE_SIZE      0x40000000u /* 1 GiB, debug information included */
#define PE_MAX_IMAGE_SIZE     0x10000000u /* 256 MiB */
#define PE_MAX_SECTIONS       96u
#define PE_MAX_DESCRIPTORS    1024u       /* import descriptors of one image */
#define PE_MAX_IMPORTS        65536u      /* imported symbols of one image */
#define PE_MAX_EXPORTS        65536u      /* ordinals have 16 bits */
#define PE_MAX_NAME           4096u       /* a symbol name, its terminator included */
#define PE_MAX_FORWARDS       8u

#define PE_SUBSYSTEM_NATIVE   1u
#define PE_MACHINE_AMD64      0x8664u

/* PE_IMAGE.Characteristics */
#define PE_FILE_RELOCS_STRIPPED  0x0001u
#define PE_FILE_EXECUTABLE       0x0002u
#define PE_FILE_DLL              0x2000u

/* Value of __security_cookie in an image that no loader has touched (x64). */
#define PE_DEFAULT_COOKIE     0x00002B992DDFA232ull

typedef enum _PE_STATUS {
    PE_SUCCESS,
    PE_NOT_PE,
    PE_TRUNCATED,
    PE_TOO_LARGE,
    PE_32_BIT,
    PE_WRONG_MACHINE,
    PE_NOT_LINKED,
    PE_WRONG_SUBSYSTEM,
    PE_BAD_HEADERS,
    PE_BAD_ALIGNMENT,
    PE_BAD_IMAGE_SIZE,
    PE_BAD_IMAGE_BASE,
    PE_BAD_SECTION,
    PE_BAD_DIRECTORY,
    PE_BAD_ENTRY_POINT,
    PE_HAS_TLS,
    PE_MANAGED,
    PE_VIEW_TOO_SMALL,
    PE_NOT_RELOCATABLE,
    PE_BAD_RELOCATION,
    PE_BAD_IMPORT,
    PE_MISSING_IMPORT,
    PE_KMDF,
    PE_BAD_EXPORT,
    PE_EXPORT_NOT_FOUND,
    PE_MODULE_NOT_FOUND,
    PE_FORWARD_TOO_DEEP,
    PE_BAD_LOAD_CONFIG,
    PE_STATUS_COUNT
} PE_STATUS;

typedef struct _PE_DATA_DIRECTORY {
    uint32_t Rva;
    uint32_t Size;
} PE_DATA_DIRECTORY;

/* Index into PE_IMAGE.Directory. */
enum {
    PE_DIRECTORY_EXPORT,
    PE_DIRECTORY_IMPORT,
    PE_DIRECTORY_RESOURCE,
    PE_DIRECTORY_EXCEPTION,
    PE_DIRECTORY_CERTIFICATES,      /* a file offset, not an RVA; not validated */
    PE_DIRECTORY_RELOCATION,
    PE_DIRECTORY_DEBUG,
    PE_DIRECTORY_ARCHITECTURE,
    PE_DIRECTORY_GLOBAL_POINTER,
    PE_DIRECTORY_TLS,
    PE_DIRECTORY_LOAD_CONFIG,
    PE_DIRECTORY_BOUND_IMPORT,
    PE_DIRECTORY_IMPORT_ADDRESSES,
    PE_DIRECTORY_DELAY_IMPORT,
    PE_DIRECTORY_COM,
    PE_DIRECTORY_RESERVED,
    PE_DIRECTORY_COUNT
};

/*
 * Description of an image, by value: it holds no pointer and may be copied,
 * also through the loader block.
 */
typedef struct _PE_IMAGE {
    uint64_t ImageBase;             /* preferred; after LdrPeRelocate: where it runs */
    uint64_t FileExtent;            /* bytes that a whole file has, see LdrPeOpen */
    uint32_t Size;                  /* of the view, rounded up to pages */
    uint32_t SizeOfHeaders;
    uint32_t EntryPoint;            /* RVA, 0 = none */
    uint32_t TimeDateStamp;
    uint32_t CheckSum;
    uint32_t SectionTable;          /* offset in the file and in the view */
    uint32_t OptionalHeader;        /* likewise */
    uint32_t SectionAlignment;
    uint16_t SectionCount;
    uint16_t Characteristics;
    uint16_t DllCharacteristics;
    uint16_t Subsystem;
    PE_DATA_DIRECTORY Directory[PE_DIRECTORY_COUNT]; /* unused ones are zero */
} PE_IMAGE;

/* PE_SECTION.Flags and the result of LdrPePageProtection. */
#define PE_READ          0x01u
#define PE_WRITE         0x02u
#define PE_EXECUTE       0x04u
#define PE_DISCARDABLE   0x08u      /* may be freed after initialisation: flag, or name INIT */
#define PE_PAGEABLE      0x10u      /* name begins with PAGE: code and data that NT pages */

typedef struct _PE_SECTION {
    uint32_t Rva;
    uint32_t VirtualSize;           /* bytes in use; the rest of the last page is zero */
    uint32_t Size;                  /* the same, rounded up to pages */
    uint32_t Flags;
    char Name[9];                   /* terminated; "/n" names are not looked up */
} PE_SECTION;

typedef struct _PE_EXPORT {
    uint32_t Rva;                   /* 0 if it is a forwarder */
    const char *Forwarder;          /* "stem.Name" or "stem.#ordinal", in the view; or NULL */
} PE_EXPORT;

typedef struct _PE_IMPORT {
    const char *Module;             /* as the importer spells it, in the view */
    const char *Name;               /* NULL: by ordinal */
    uint16_t Ordinal;
    uint16_t Hint;
    uint32_t SlotRva;               /* where the address goes (IAT) */
} PE_IMPORT;

/* One entry of .pdata, the SDK's RUNTIME_FUNCTION: three RVAs. */
typedef struct _PE_FUNCTION {
    uint32_t Begin;
    uint32_t End;
    uint32_t UnwindInfo;
    uint32_t EntryRva;              /* where in the view the entry itself lies */
} PE_FUNCTION;

typedef struct _PE_MODULE {
    const char *Name;               /* "ntoskrnl.exe", "hal.dll"; a path is not looked into */
    const void *View;
    uint64_t Base;                  /* where the image runs */
    PE_IMAGE Image;
} PE_MODULE;

/* What LdrPeResolve found, behind all forwarders. */
typedef struct _PE_SYMBOL {
    const PE_MODULE *Module;
    const char *Name;               /* NULL: found by ordinal */
    uint64_t Address;
    uint32_t Rva;
} PE_SYMBOL;

/*
 * Called for each import.  A status other than PE_SUCCESS stops the walk and
 * becomes its result.
 */
typedef PE_STATUS PE_IMPORT_VISITOR(void *Context, const PE_IMPORT *Import);

/* Finds an import's address; any other status than PE_SUCCESS says why there is none. */
typedef PE_STATUS PE_RESOLVE(void *Context, const PE_IMPORT *Import, uint64_t *Address);

/* Told of each import for which PE_RESOLVE found no address. */
typedef void PE_REPORT_MISSING(void *Context, const PE_IMPORT *Import, PE_STATUS Reason);

typedef struct _PE_BINDER {
    PE_RESOLVE *Resolve;
    PE_REPORT_MISSING *Missing;     /* may be NULL */
    void *Context;
} PE_BINDER;

/* Context of LdrPeResolveInModules. */
typedef struct _PE_MODULE_TABLE {
    const PE_MODULE *Modules;
    size_t Count;
} PE_MODULE_TABLE;

/* LdrPeApplyLoadConfig: an address of zero leaves the image's own in place. */
typedef struct _PE_LOAD_CONFIG_VALUES {
    uint64_t Cookie;                /* random */
    uint64_t GuardCheck;            /* void check(target in rcx) */
    uint64_t GuardDispatch;         /* jumps to the target in rax */
} PE_LOAD_CONFIG_VALUES;

/*
 * LdrPeStatusText: say what a status means, as a clause that continues
 * "<file> ", such as "is a 32-bit image".
 */
const char *LdrPeStatusText(PE_STATUS Status);

/*
 * LdrPeOpen: validate the headers of an image file and describe it.
 * => accepts x64 kernel images (.exe, .dll, .sys: subsystem native), with and
 *    without .reloc, .pdata, imports and entry point
 * => PE_TRUNCATED if a header or a section ends behind the file.  What the
 *    loader does not need (symbols, certificates) may be cut off: then
 *    FileSize < Image->FileExtent, which is the caller's to judge.
 * => *Image is written on success only
 */
PE_STATUS LdrPeOpen(const void *File, size_t FileSize, PE_IMAGE *Image);

/*
 * LdrPeOpenMapped: the same for a view that LdrPeMap made (also relocated).
 * => Image->FileExtent is 0
 */
PE_STATUS LdrPeOpenMapped(const void *View, size_t ViewSize, PE_IMAGE *Image);

/*
 * LdrPeMap: copy headers and sections to their places, zero the rest.
 * => File, FileSize: as given to LdrPeOpen
 * => ViewSize is at least Image->Size; exactly Image->Size bytes are written
 */
PE_STATUS LdrPeMap(const PE_IMAGE *Image, const void *File, size_t FileSize,
                   void *View, size_t ViewSize);

/*
 * LdrPeRelocate: make the view ready to run at NewBase (a multiple of a page).
 * => updates Image->ImageBase and the header in the view
 * => PE_NOT_RELOCATABLE, view unchanged: the image has lost its relocations
 *    (RELOCS_STRIPPED) and runs only at Image->ImageBase.  An image without
 *    relocations and without that flag needs none and runs anywhere.
 * => after PE_BAD_RELOCATION the view is good for nothing
 */
PE_STATUS LdrPeRelocate(PE_IMAGE *Image, void *View, uint64_t NewBase);

/*
 * LdrPeIsRelocatable: may the image run elsewhere than at Image->ImageBase?
 */
bool LdrPeIsRelocatable(const PE_IMAGE *Image);

/*
 * LdrPeGetSection: describe section Index.
 * => Headers: the file or the view
 * => false if there is no such section, or its header has been overwritten
 * => a section may be both writable and executable: policy is the caller's
 */
bool LdrPeGetSection(const PE_IMAGE *Image, const void *Headers, uint32_t Index,
                     PE_SECTION *Section);

/*
 * LdrPePageProtection: what the sections (and headers) that touch a page need.
 * => PE_READ, PE_WRITE and PE_EXECUTE are the union over them, PE_DISCARDABLE
 *    and PE_PAGEABLE hold for all of them; 0 for a page that none touches
 * => right also for images whose sections share pages
 */
uint32_t LdrPePageProtection(const PE_IMAGE *Image, const void *Headers, uint32_t PageRva);

/*
 * LdrPeAt: pointer to Size bytes at Rva in the view, NULL unless all are inside.
 */
const void *LdrPeAt(const PE_IMAGE *Image, const void *View, uint64_t Rva, uint64_t Size);

/*
 * LdrPeStringAt: pointer to a terminated string of at most Limit bytes
 * (terminator included) in the view, or NULL.
 */
const char *LdrPeStringAt(const PE_IMAGE *Image, const void *View, uint64_t Rva, uint32_t Limit);

/*
 * LdrPeFindExport: look an export up by name.
 * => Hint: index into the name table, tried first; any value is safe
 * => tables that are not sorted are searched too
 */
PE_STATUS LdrPeFindExport(const PE_IMAGE *Image, const void *View, const char *Name,
                          uint16_t Hint, PE_EXPORT *Export);

/*
 * LdrPeFindOrdinal: look an export up by its ordinal (with the base included).
 */
PE_STATUS LdrPeFindOrdinal(const PE_IMAGE *Image, const void *View, uint32_t Ordinal,
                           PE_EXPORT *Export);

/*
 * LdrPeWalkImports: visit every import of the view, in the image's order.
 * => PE_KMDF, nothing visited, if there is an import from WdfLdr.sys
 * => before binding only: binding overwrites what images without an import
 *    lookup table are read from
 */
PE_STATUS LdrPeWalkImports(const PE_IMAGE *Image, const void *View, PE_IMPORT_VISITOR *Visit,
                           void *Context);

/*
 * LdrPeBindImports: write the address of every import into its slot.
 * => PE_MISSING_IMPORT after Binder->Missing has been told of all of them
 * => on failure some slots are written
 */
PE_STATUS LdrPeBindImports(const PE_IMAGE *Image, void *View, const PE_BINDER *Binder);

/*
 * LdrPeSameModule: do two module names mean the same module?
 * => no case; an extension (.exe, .dll, .sys) counts only if both have one
 */
bool LdrPeSameModule(const char *Left, const char *Right);

/*
 * LdrPeResolve: find Module!Name, or Module!#Ordinal if Name is NULL, in a
 * table of mapped modules, following forwarders up to PE_MAX_FORWARDS deep.
 * => PE_MODULE_NOT_FOUND, PE_EXPORT_NOT_FOUND, PE_FORWARD_TOO_DEEP, PE_BAD_EXPORT
 */
PE_STATUS LdrPeResolve(const PE_MODULE_TABLE *Table, const PE_IMPORT *Import, PE_SYMBOL *Symbol);

/*
 * LdrPeResolveInModules: LdrPeResolve as a PE_RESOLVE.
 * => Context: a PE_MODULE_TABLE
 */
PE_STATUS LdrPeResolveInModules(void *Context, const PE_IMPORT *Import, uint64_t *Address);

/*
 * LdrPeApplyLoadConfig: set the security cookie and the guard pointers.
 * => after LdrPeRelocate, before read-only sections are protected
 * => each field only if the directory's Size covers it and it is not zero
 * => the cookie is written if it is still PE_DEFAULT_COOKIE or zero, so that an
 *    image's own choice stays; the value's upper 16 bits are cleared, as the
 *    compiler's support code expects, and it is never zero nor the default
 * => an image without a load configuration is a success
 */
PE_STATUS LdrPeApplyLoadConfig(const PE_IMAGE *Image, void *View,
                               const PE_LOAD_CONFIG_VALUES *Values);

/*
 * LdrPeFunctionCount: number of entries in the exception directory (.pdata).
 * => they lie at Image->Directory[PE_DIRECTORY_EXCEPTION].Rva, 12 bytes each
 */
uint32_t LdrPeFunctionCount(const PE_IMAGE *Image);

/*
 * LdrPeFindFunctionEntry: find the unwind entry that covers an RVA.
 * => false for leaf functions and images without .pdata
 */
bool LdrPeFindFunctionEntry(const PE_IMAGE *Image, const void *View, uint32_t Rva,
                            PE_FUNCTION *Function);

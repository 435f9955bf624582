/* SPDX-License-Identifier: MIT */
/*
 * mi.h: what the files of the memory manager share, and what the I/O manager
 * asks of it.
 */
#pragma once

#include "../ke/ki.h"
#include "../ke/ki_lock.h"
#include "pe.h"

#define MI_MAXIMUM_DRIVERS 64 /* as many as the boot path takes */
#define MI_TAG_IMAGE 0x67496D4Du /* 'MmIg' in memory */

/* page.c */
VOID MiInitializePageBitmap(VOID); /* from here on pages can be freed */
VOID MiFreePage(ULONG64 PhysicalAddress);
ULONG64 MiQueryFreePages(VOID);
const LOADER_MEMORY *MiQueryMemory(ULONG *Count); /* all there is, in ascending order */
/* => physical address, 0 = no such run; see MiPageMapTakeRun. */
ULONG64 MiAllocatePageRun(SIZE_T Pages, ULONG64 Lowest, ULONG64 Highest, ULONG64 Boundary);

/* range.c */
VOID MiInitializeRanges(ULONG64 Base, ULONG64 Size);
PVOID MiReserveRange(SIZE_T Pages); /* NULL = none left */
VOID MiReleaseRange(PVOID Address, SIZE_T Pages);

/* memory.c */
/* New zeroed pages; FALSE: nothing is mapped. */
BOOLEAN MiCommitPages(PVOID Address, SIZE_T Pages, ULONG Protection);
VOID MiDecommitPages(PVOID Address, SIZE_T Pages); /* unmap everywhere, free what was mapped */

/* image_protect.c */
BOOLEAN MiMayProtectImage(const PE_IMAGE *Pe, const VOID *Headers);
VOID MiProtectImage(const PE_IMAGE *Pe, const VOID *Headers, PVOID Base);
VOID MiDiscardImage(const PE_IMAGE *Pe, const VOID *Headers, PVOID Base);

/* guard.S: what guarded images call; see LdrPeApplyLoadConfig */
VOID NTAPI KiGuardCheck(PVOID Target);
VOID NTAPI KiGuardDispatch(VOID);

/*
 * An image, found by drivers at DRIVER_OBJECT.DriverSection.  The fields up to
 * Flags are where LDR_DATA_TABLE_ENTRY has them ("LDR_DATA_TABLE_ENTRY
 * structure", winternl.h), because drivers look there.
 */
struct _MM_IMAGE {
    LIST_ENTRY InLoadOrderLinks;
    LIST_ENTRY InMemoryOrderLinks;
    LIST_ENTRY InInitializationOrderLinks;
    PVOID DllBase;
    PVOID EntryPoint; /* NULL = none */
    ULONG SizeOfImage;
    UNICODE_STRING FullDllName;
    UNICODE_STRING BaseDllName;
    ULONG Flags;

    LONG Driver;       /* index in the order of loading */
    ULONG References;  /* one as long as it is loaded, and one for every driver that imports from it */
    ULONG64 Imports;   /* the drivers that it imports from, a bit each: see MiReferenceImport */
    PE_MODULE *Module; /* its place in the module table */
    PE_IMAGE Pe;
    const VOID *File; /* the headers that the image cannot change */
    WORK_QUEUE_ITEM Unload; /* where the last reference goes above APC_LEVEL */
    CHAR Name[256];         /* "sample.sys" */
    WCHAR WideName[256];
};

/* module.c */
VOID MiInitializeModules(const LOADER_BLOCK *Block);
/* => NULL: the table is full.  Owner is NULL for the boot path's images. */
PE_MODULE *MiAddModule(const CHAR *Name, PVOID Base, const PE_IMAGE *Pe, PMM_IMAGE Owner);
PMM_IMAGE MiDriverImage(ULONG Number); /* of a bit in Imports */
BOOLEAN MiIsDriverInMemory(LONG Driver); /* is there an image of that index?  One at a time. */
VOID MiRemoveModule(PE_MODULE *Module);
PE_STATUS MiResolveImport(PVOID Context, const PE_IMPORT *Import, uint64_t *Address);

/* image.c */
VOID MiInitializeImages(VOID);
/*
 * MmLoadSystemImage: load a driver file, and report it or why it does not load.
 * => PASSIVE_LEVEL; File->Data stays mapped as long as the image
 */
NTSTATUS MmLoadSystemImage(const LOADER_FILE *File, LONG Driver, PMM_IMAGE *Image);
/* => is a driver's image in memory?  Only who loads it may ask: it does not come meanwhile. */
BOOLEAN MmIsDriverInMemory(LONG Driver);
VOID MmDiscardInitSections(PMM_IMAGE Image); /* after DriverEntry: nothing needs them any more */
VOID MmUnloadSystemImage(PMM_IMAGE Image);

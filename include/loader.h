/* SPDX-License-Identifier: MIT */
/*
 * loader.h: the loader block, what a boot path hands to KiSystemStartup.
 *
 * Every boot path (PVH, UEFI, the simulator, a Linux process) leaves the same
 * thing behind:
 *
 *   => ntoskrnl.exe and hal.dll mapped at LOADER_IMAGE.Base with the
 *      protection of their sections (never writable and executable at once),
 *      relocated and bound to each other;
 *   => a boot stack with a guard page below it, interrupts off, IRQL undefined;
 *   => this block and all that it points to in mapped, writable memory of type
 *      LoaderMemoryLoaded, and the driver files mapped read-only as LOADER_FILE;
 *   => on a PC: long mode, CR0.WP, EFER.NXE and SSE set up, four-level page tables
 *      of 4 KiB leaves whose top level maps itself in slot LOADER_SELF_MAP_SLOT,
 *      nothing mapped in the lower half but the first 2 MiB identically (writable,
 *      not executable but for the boot path's last page of code), which the HAL
 *      removes once it has started.
 *
 * Pages of the two images that hold only relocations or debug information are not
 * mapped.  Memory that only the boot path needed, and the archive's pages without
 * a driver file, are LoaderMemoryFree; page 0, the BIOS area from 0xA0000 on and
 * page 0x8000 are LoaderMemoryReserved.
 *
 * It is compiled by the boot code (ELF) and by the kernel (PE): fixed-width
 * types only, all pointers are 64-bit kernel virtual addresses.
 */
#pragma once

#include <stdint.h>

#define LOADER_BLOCK_VERSION 1u

/* The PML4 slot that maps the page tables themselves (PC only). */
#define LOADER_SELF_MAP_SLOT 0x1EDu

/* Where the PC's boot paths put things; the kernel itself only uses LOADER_BLOCK's fields. */
#define LOADER_PC_KERNEL_BASE   0xFFFFF80200000000ull /* ntoskrnl.exe */
#define LOADER_PC_HAL_BASE      0xFFFFF80210000000ull /* hal.dll */
#define LOADER_PC_BLOCK_BASE    0xFFFFF80300000000ull /* loader block, boot stack, driver files */
#define LOADER_PC_SYSTEM_BASE   0xFFFFF88000000000ull /* SystemRangeBase */
#define LOADER_PC_SYSTEM_SIZE   0x0000008000000000ull /* 512 GiB */
#define LOADER_PC_HAL_RANGE     0xFFFFFF0000000000ull /* the HAL's own mappings: device registers, tables */

typedef enum _LOADER_MEMORY_TYPE {
    LoaderMemoryFree = 1,       /* the kernel may use it */
    LoaderMemoryLoaded = 2,     /* images, page tables, this block, driver files */
    LoaderMemoryFirmware = 3,   /* ACPI tables and the like: may be read, never reused */
    LoaderMemoryReserved = 4,
} LOADER_MEMORY_TYPE;

/* A range of physical memory; ranges ascend and do not overlap. */
typedef struct _LOADER_MEMORY {
    uint64_t Base;  /* bytes, page aligned */
    uint64_t Pages; /* of 4,096 bytes */
    uint32_t Type;  /* LOADER_MEMORY_TYPE */
    uint32_t Reserved;
} LOADER_MEMORY;

/* An image that the boot path has loaded and bound: [0] ntoskrnl.exe, [1] hal.dll. */
typedef struct _LOADER_IMAGE {
    uint64_t Base;
    uint64_t Size;  /* SizeOfImage, page aligned */
    char Name[64];  /* "ntoskrnl.exe" */
} LOADER_IMAGE;

/* A driver file, as it lies on the disk. */
typedef struct _LOADER_FILE {
    uint64_t Data;  /* any alignment; 0 if Size is 0 */
    uint64_t Size;
    char Name[256]; /* base name, "sample.sys" */
} LOADER_FILE;

typedef struct _LOADER_BLOCK {
    uint32_t Version; /* LOADER_BLOCK_VERSION */
    uint32_t Size;    /* sizeof(LOADER_BLOCK) */
    uint32_t MemoryCount;
    uint32_t ImageCount;
    uint32_t FileCount;
    uint32_t Reserved;
    uint64_t Memory;  /* LOADER_MEMORY[MemoryCount] */
    uint64_t Images;  /* LOADER_IMAGE[ImageCount] */
    uint64_t Files;   /* LOADER_FILE[FileCount], in load order */
    uint64_t Options; /* NUL-terminated "name=value name=value ..." */

    /* Virtual addresses that nothing uses yet: the kernel's to map. */
    uint64_t SystemRangeBase;
    uint64_t SystemRangeSize;

    /* The boot stack, without its guard page. */
    uint64_t StackBase;  /* highest address */
    uint64_t StackLimit; /* lowest address */

    /* PC only. */
    uint64_t PageTableRoot; /* physical address in CR3 */
    uint64_t AcpiRsdp;      /* physical address of the RSDP, 0 = search the BIOS area */
} LOADER_BLOCK;

/* SPDX-License-Identifier: MIT */
/*
 * early.c: the HAL's start on the boot processor.
 *
 * HalInitializeEarly uses nothing but the HAL's own data and the page tables
 * that the boot path has left.  HalInitializeSystem comes when the client can
 * allocate: it finds the processors and the clocks.
 */
#include "halp.h"

#define HALP_LOW_MEMORY_END 0x100000ull /* what a processor that starts in real mode reaches */
#define HALP_STARTUP_LIMIT  0xA0000ull

const HAL_CLIENT *HalpClient;
ULONG64 HalpKernelRoot;
ULONG64 HalpRsdpAddress;
ULONG HalpStartupPages;

/*
 * HalpFatal: end in the client's bug check.
 *
 * => The codes are those of the bug check reference.
 */
VOID HalpFatal(ULONG Code, ULONG_PTR P1, ULONG_PTR P2, ULONG_PTR P3, ULONG_PTR P4)
{
    HalpClient->BugCheck(Code, P1, P2, P3, P4);
    HalHaltProcessor();
}

/* HalpChooseStartupPages: => the first pages of a free range below 1 MiB that do; 0 = none. */
static ULONG HalpChooseStartupPages(ULONG64 Base, ULONG64 End)
{
    const ULONG64 first = Base ? Base : HALP_PAGE_SIZE;

    /* Start-up vectors 0xA0-0xBF are reserved, and page 0 is the BIOS's. */
    if (End > HALP_STARTUP_LIMIT) {
        End = HALP_STARTUP_LIMIT;
    }
    return first + HALP_STARTUP_PAGE_COUNT * HALP_PAGE_SIZE <= End ? (ULONG)first : 0;
}

/*
 * HalpClaimLowMemory: take all free memory below 1 MiB out of the loader block.
 *
 * Processors start there, and so little of it is worth no finer book-keeping.
 */
static VOID HalpClaimLowMemory(LOADER_BLOCK *Block)
{
    LOADER_MEMORY *range = (LOADER_MEMORY *)Block->Memory;

    for (ULONG i = 0; i < Block->MemoryCount; i++, range++) {
        ULONG64 end = range->Base + range->Pages * HALP_PAGE_SIZE;
        if (range->Type != LoaderMemoryFree || range->Base >= HALP_LOW_MEMORY_END) {
            continue;
        }
        if (!HalpStartupPages) {
            HalpStartupPages = HalpChooseStartupPages(range->Base, end);
        }
        if (end <= HALP_LOW_MEMORY_END) {
            range->Type = LoaderMemoryReserved;
        } else {
            range->Pages = (end - HALP_LOW_MEMORY_END) / HALP_PAGE_SIZE;
            range->Base = HALP_LOW_MEMORY_END;
        }
    }
}

VOID HALVERB HalInitializeEarly(LOADER_BLOCK *Block, const HAL_CLIENT *Client)
{
    HalpClient = Client;
    HalpKernelRoot = Block->PageTableRoot;
    HalpRsdpAddress = Block->AcpiRsdp;
    HalpDetectApic();
    HalpInitializeSerial();
    HalpInitializePaging();
    HalpClaimLowMemory(Block);
}

NTSTATUS HALVERB HalInitializeSystem(VOID)
{
    NTSTATUS status;

    HalpRemoveLowerHalf();
    HalpInitializeAcpi();
    status = HalpMapApic();
    if (!NT_SUCCESS(status)) {
        return status;
    }
    HalpMaskPic();
    HalpFindProcessors();
    HalpCalibrate();
    HalpReadRtc();
    return STATUS_SUCCESS;
}

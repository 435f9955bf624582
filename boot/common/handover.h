/* SPDX-License-Identifier: MIT */
/*
 * handover.h: the last instructions of the boot code.
 */
#pragma once

#include <stdint.h>

/*
 * The code between these symbols is copied to a page that both the boot code's
 * and the kernel's page tables map at its physical address, and called there.
 */
extern const uint8_t handover_begin[], handover_end[];

/*
 * handover: switch to the kernel's page tables and stack, enter the kernel.
 * => root: physical address of the page tables
 * => stack: highest address of the stack, 16-byte aligned
 * => entry, block: KiSystemStartup and its argument
 * => does not return
 * => needs long mode and interrupts off; sets CR0, CR4 and EFER.NXE as
 *    loader.h promises them
 */
typedef __attribute__((sysv_abi)) void handover_code(uint64_t root, uint64_t stack, uint64_t entry,
                                                     uint64_t block);

/* SPDX-License-Identifier: MIT */
/*
 * start_info.h: reads hvm_start_info, what a PVH loader leaves in memory.
 */
#pragma once

#include <stdint.h>

#include "../common/boot.h"

#define PVH_OPTIONS_SIZE 65536u /* terminator included */

/*
 * start_info_read: turn hvm_start_info into a boot request.
 * => address: its physical address
 * => request->memory (empty) and request->reach are set; everything else is
 *    filled in, and what it points to is MEMORY_IN_USE
 * => fails the boot with a message
 */
void start_info_read(uint64_t address, struct boot_request *request);

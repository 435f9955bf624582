/* SPDX-License-Identifier: MIT */
/*
 * acpi.h: finds the firmware's ACPI tables, so that nothing overwrites them.
 */
#pragma once

#include <stdint.h>

#include "memory.h"

/*
 * acpi_find: make sure of the root pointer.
 * => hint: where the firmware says that it is, 0 if it does not; looked for in
 *    the BIOS area if it is not there
 * => reach: nothing at or above this address is read
 * => its physical address, 0 if there is none
 */
uint64_t acpi_find(uint64_t hint, uint64_t reach);

/*
 * acpi_protect: mark the tables in free memory as LoaderMemoryFirmware.
 * => some firmware leaves them in memory that it calls free
 * => rsdp: from acpi_find, 0 is allowed
 * => false: the map is full
 */
bool acpi_protect(struct memory_map *map, uint64_t rsdp, uint64_t reach);

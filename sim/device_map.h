/* SPDX-License-Identifier: MIT */
/*
 * device_map.h: where the machine's devices are, as devices, tables and boot
 * have to agree on.
 */
#pragma once

#define SIM_PM_TIMER_PORT 0x608u
#define SIM_RTC_CENTURY   0x32u /* register of the real-time clock */

/* The HPET's lower capability word: Intel's, revision 1, 64 bits, three comparators. */
#define SIM_HPET_BLOCK_ID 0x80862201u

/* The tables lie in the BIOS area, where they are found with and without a hint. */
#define SIM_ACPI_BASE 0xE0000u
#define SIM_ACPI_SIZE 0x8000u

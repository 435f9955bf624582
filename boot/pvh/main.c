/* SPDX-License-Identifier: MIT */
/*
 * main.c: the PVH boot path.
 */
#include "../common/boot.h"
#include "../common/console.h"
#include "serial.h"
#include "start_info.h"

/* What start.S maps. */
#define REACH 0x100000000ull

/* The whole boot program, by pvh.ld. */
extern const uint8_t boot_begin[], boot_end[];

/*
 * pvh_main: boot, given hvm_start_info's physical address; called by start.S.
 */
_Noreturn void pvh_main(uint32_t start_info);

void pvh_main(uint32_t start_info)
{
    static struct memory_map memory;
    struct boot_request request = {.memory = &memory, .reach = REACH};

    serial_start();
    start_info_read(start_info, &request);
    if (!memory_map_change(&memory, (uintptr_t)boot_begin, (uint64_t)(boot_end - boot_begin),
                           LoaderMemoryFree, MEMORY_IN_USE)) {
        boot_fail("the firmware's memory map has too many ranges");
    }
    boot_start(&request);
}

/* SPDX-License-Identifier: MIT */
/*
 * boot.c: kernel, HAL and drivers into the machine's memory.
 *
 * The work is done by the boot code of the real machines (boot/common),
 * compiled for this process with a window onto the machine's RAM; this file is
 * what a boot path is there: it says what memory there is, brings the driver
 * files, and takes messages and failure.  What the kernel finds is thus what it
 * finds behind PVH; only the instructions of the handover are not run: the
 * machine begins behind them.
 *
 * The boot code ends by machine_fail (here boot_host_fail, see boot_host.h), which
 * does not return, hence the jump.
 */
#include "boot_host.h"

#include <setjmp.h>
#include <string.h>

#include "../boot/common/archive.h"
#include "../boot/common/console.h"
#include "../boot/common/memory.h"
#include "../boot/common/prepare.h"
#include "device_map.h"
#include "sim.h"

#define MEMORY_LEAST 0x400000ull   /* the boot code allocates above 2 MiB */
#define MEMORY_LIMIT 0xC0000000ull /* device registers lie above */
#define DRIVER_FLOOR 0x200000ull
#define HOME_SPACE   32u /* and a return address above which there is no caller */
#define PREFIX       "allcall boot: "

/* One sim_boot in this thread. */
struct session {
    char *message;
    size_t size;
    size_t length;
    jmp_buf failed;
};

static _Thread_local struct session *session;

_Thread_local uintptr_t boot_window;

void machine_write(const char *text, size_t length)
{
    size_t room = session->size - 1 - session->length;

    length = length < room ? length : room;
    memcpy(session->message + session->length, text, length);
    session->length += length;
    session->message[session->length] = '\0';
}

void machine_fail(void)
{
    longjmp(session->failed, 1);
}

/*
 * tidy: take the boot code's prefix and line end off a message.
 */
static void tidy(char *message)
{
    size_t length;

    if (strncmp(message, PREFIX, strlen(PREFIX)) == 0) {
        memmove(message, message + strlen(PREFIX), strlen(message + strlen(PREFIX)) + 1);
    }
    length = strlen(message);
    if (length != 0 && message[length - 1] == '\n') {
        message[length - 1] = '\0';
    }
}

/*
 * add_driver: copy a driver's file into RAM, on pages of its own.
 */
static void add_driver(struct archive *archive, struct memory_map *map,
                       const struct sim_file *file)
{
    struct archive_file entry = {file->name, NULL, file->size};
    uint64_t physical;

    if (file->size != 0) {
        physical = memory_map_allocate(map, boot_page_count(file->size), DRIVER_FLOOR,
                                       MEMORY_LIMIT, MEMORY_IN_USE);
        if (physical == 0) {
            boot_fail("not enough memory for %s", file->name);
        }
        memcpy(boot_pointer(physical), file->bytes, file->size);
        entry.data = boot_pointer(physical);
    }
    archive_add_driver(archive, &entry);
}

/*
 * random_number: a number for the security cookies that follows from the seed alone.
 */
static uint64_t random_number(uint64_t seed)
{
    uint64_t value = seed + 0x9E3779B97F4A7C15ull;

    value = (value ^ value >> 30) * 0xBF58476D1CE4E5B9ull;
    value = (value ^ value >> 27) * 0x94D049BB133111EBull;
    return value ^ value >> 31;
}

static void load(struct sim_machine *machine, struct boot_state *state)
{
    static _Thread_local struct memory_map map;
    static _Thread_local struct archive archive;
    const struct sim_options *options = sim_options(machine);
    uint64_t size = sim_ram_size(machine);

    map.count = 0;
    archive = (struct archive){
        .kernel = {"ntoskrnl.exe", options->kernel.bytes, options->kernel.size},
        .hal = {"hal.dll", options->hal.bytes, options->hal.size},
    };
    if (size < MEMORY_LEAST || size > MEMORY_LIMIT ||
        !memory_map_add(&map, 0, size, LoaderMemoryFree)) {
        boot_fail("the machine cannot have less than 4 MiB or more than 3 GiB of memory");
    }
    for (size_t i = 0; i < options->driver_count; i++) {
        add_driver(&archive, &map, &options->drivers[i]);
    }
    boot_prepare(&(struct boot_plan){
                     .memory = &map,
                     .reach = size,
                     .archive = &archive,
                     .options = options->kernel_options == NULL ? "" : options->kernel_options,
                     .rsdp = sim_acpi_build(machine, SIM_ACPI_BASE),
                     .cookie = random_number(options->seed),
                 },
                 state);
}

bool sim_boot(struct sim_machine *machine, struct sim_start *start, char *message, size_t size)
{
    struct session here = {.message = message, .size = size};
    struct boot_state state;

    message[0] = '\0';
    session = &here;
    boot_window = (uintptr_t)sim_ram(machine, 0, sim_ram_size(machine));
    if (setjmp(here.failed) != 0) {
        session = NULL;
        tidy(message);
        return false;
    }
    load(machine, &state);
    session = NULL;
    *start = (struct sim_start){
        .rip = state.entry,
        .rsp = state.stack - HOME_SPACE - sizeof(uint64_t),
        .rcx = state.block,
        .cr3 = state.root,
    };
    return true;
}

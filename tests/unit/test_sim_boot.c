/* SPDX-License-Identifier: MIT */
/*
 * test_sim_boot.c: what the simulator leaves in memory for KiSystemStartup is
 * what loader.h promises, seen through the page tables that it leaves.
 *
 * Arguments: ntoskrnl.exe and hal.dll as they were built.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "image_file.h"
#include "loader.h"
#include "pe.h"

#define PAGE    4096ull
#define MEMORY  (64ull << 20)
#define LOW_END 0x200000ull

#define DIRECTORIES_AT 112 /* in the optional header; the first is the exports' */

#define PRESENT    0x1ull
#define USED       0x60ull /* accessed and dirty: set from the beginning, so that no processor has to */
#define WRITE      0x2ull
#define LARGE      0x80ull
#define NO_EXECUTE (1ull << 63)
#define ADDRESS    0x000FFFFFFFFFF000ull

/* As much of the machine as booting needs. */
struct sim_machine {
    uint8_t *ram;
    uint64_t size;
    struct sim_options options;
    struct sim_start start;
    char message[256];
};

void *sim_ram(struct sim_machine *machine, uint64_t physical, size_t length)
{
    return length <= machine->size && physical <= machine->size - length ? machine->ram + physical
                                                                         : NULL;
}

uint64_t sim_ram_size(const struct sim_machine *machine)
{
    return machine->size;
}

const struct sim_options *sim_options(const struct sim_machine *machine)
{
    return &machine->options;
}

static struct sim_file kernel_file, hal_file;

static const uint8_t first_driver[5000] = {'M', 'Z', [4999] = 1};
static const uint8_t second_driver[] = {'t', 'w', 'o'};
static const struct sim_file driver_files[] = {
    {"first.sys", first_driver, sizeof(first_driver)},
    {"empty.sys", NULL, 0},
    {"second.sys", second_driver, sizeof(second_driver)},
};

static bool boot(struct sim_machine *machine, uint64_t memory, struct sim_options options)
{
    machine->ram = aligned_alloc(PAGE, memory);
    machine->size = memory;
    assert_non_null(machine->ram);
    memset(machine->ram, 0, memory);
    machine->options = options;
    return sim_boot(machine, &machine->start, machine->message, sizeof(machine->message));
}

static struct sim_options usual(uint64_t seed)
{
    return (struct sim_options){
        .processors = 4,
        .memory = MEMORY,
        .seed = seed,
        .kernel_options = "verify=1 record=10",
        .kernel = kernel_file,
        .hal = hal_file,
        .drivers = driver_files,
        .driver_count = sizeof(driver_files) / sizeof(driver_files[0]),
    };
}

static void start(struct sim_machine *machine)
{
    if (!boot(machine, MEMORY, usual(1))) {
        fail_msg("%s", machine->message);
    }
}

static uint64_t *table_at(struct sim_machine *machine, uint64_t entry)
{
    return sim_ram(machine, entry & ADDRESS, PAGE);
}

/*
 * leaf: the leaf entry of an address, 0 if nothing is mapped there.
 */
static uint64_t leaf(struct sim_machine *machine, uint64_t address)
{
    uint64_t entry = machine->start.cr3 | PRESENT;

    for (int level = 3; level >= 0; level--) {
        entry = table_at(machine, entry)[address >> (12 + 9 * level) & 511];
        if ((entry & PRESENT) == 0) {
            return 0;
        }
        assert_true(level == 0 || (entry & LARGE) == 0);
    }
    return entry;
}

/*
 * seen: reach what the kernel sees at an address; within one page.
 */
static void *seen(struct sim_machine *machine, uint64_t address)
{
    uint64_t entry = leaf(machine, address);

    assert_true(entry != 0);
    return sim_ram(machine, (entry & ADDRESS) + address % PAGE, 1);
}

static void copy_seen(struct sim_machine *machine, uint64_t address, void *to, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        ((uint8_t *)to)[i] = *(uint8_t *)seen(machine, address + i);
    }
}

static LOADER_BLOCK block_of(struct sim_machine *machine)
{
    LOADER_BLOCK block;

    copy_seen(machine, machine->start.rcx, &block, sizeof(block));
    return block;
}

/*
 * visit_leaves: call for every leaf below a table, but for the self-map's.
 */
static void visit_leaves(struct sim_machine *machine, uint64_t table, int level, uint64_t address,
                         void (*visit)(struct sim_machine *, uint64_t address, uint64_t entry))
{
    uint64_t *entries = table_at(machine, table);

    for (uint64_t i = 0; i < 512; i++) {
        uint64_t at = address | i << (12 + 9 * level);

        if (level == 3 && i >= 256) {
            at |= 0xFFFFull << 48;
        }
        if (entries[i] == 0 || (level == 3 && i == LOADER_SELF_MAP_SLOT)) {
            continue;
        }
        if (level == 0) {
            visit(machine, at, entries[i]);
        } else {
            assert_true((entries[i] & (PRESENT | WRITE)) == (PRESENT | WRITE));
            visit_leaves(machine, entries[i], level - 1, at, visit);
        }
    }
}

static unsigned executable_low, executable_high, leaf_count;

static void check_leaf(struct sim_machine *machine, uint64_t address, uint64_t entry)
{
    bool execute = (entry & NO_EXECUTE) == 0;

    leaf_count++;
    assert_true((entry & PRESENT) != 0);
    assert_false(execute && (entry & WRITE) != 0);
    assert_true((entry & ADDRESS) < machine->size);
    if (address < 1ull << 47) {
        assert_true(address < LOW_END);
        assert_int_equal(entry & ADDRESS, address);
        assert_true(execute != ((entry & WRITE) != 0));
        executable_low += execute;
    } else {
        assert_true((entry & ADDRESS) >= LOW_END);
        executable_high += execute;
    }
}

static void no_page_is_writable_and_executable(void **state)
{
    struct sim_machine machine;

    (void)state;
    start(&machine);
    executable_low = executable_high = leaf_count = 0;
    visit_leaves(&machine, machine.start.cr3, 3, 0, check_leaf);
    assert_int_equal(executable_low, 1);
    assert_true(executable_high > 10);
    assert_true(leaf_count > 512);
    free(machine.ram);
}

static void the_tables_map_themselves(void **state)
{
    struct sim_machine machine;
    uint64_t *root;

    (void)state;
    start(&machine);
    root = table_at(&machine, machine.start.cr3);
    assert_int_equal(root[LOADER_SELF_MAP_SLOT] & ADDRESS, machine.start.cr3);
    assert_int_equal(root[LOADER_SELF_MAP_SLOT] & ~ADDRESS, PRESENT | USED | WRITE | NO_EXECUTE);
    free(machine.ram);
}

static void the_lowest_2_mib_are_mapped_identically(void **state)
{
    struct sim_machine machine;

    (void)state;
    start(&machine);
    for (uint64_t address = 0; address < LOW_END; address += PAGE) {
        assert_int_equal(leaf(&machine, address) & ADDRESS, address);
    }
    assert_int_equal(leaf(&machine, LOW_END), 0);
    free(machine.ram);
}

static void the_stack_has_guard_pages(void **state)
{
    struct sim_machine machine;
    LOADER_BLOCK block;

    (void)state;
    start(&machine);
    block = block_of(&machine);
    assert_true(block.StackBase - block.StackLimit >= 2 * PAGE);
    assert_int_equal(leaf(&machine, block.StackLimit - PAGE), 0);
    for (uint64_t at = block.StackLimit; at < block.StackBase; at += PAGE) {
        assert_int_equal(leaf(&machine, at) & ~ADDRESS, PRESENT | USED | WRITE | NO_EXECUTE);
    }
    /* Home space above a return address that ends every stack trace; the ABI's alignment. */
    assert_int_equal(machine.start.rsp, block.StackBase - 40);
    assert_int_equal((machine.start.rsp + 8) % 16, 0);
    assert_int_equal(*(uint64_t *)seen(&machine, machine.start.rsp), 0);
    free(machine.ram);
}

/*
 * check_image: every page of every section is protected as its sections say.
 */
static void check_image(struct sim_machine *machine, const struct sim_file *file, uint64_t base)
{
    PE_IMAGE image;
    PE_SECTION section;
    unsigned sections = 0;

    assert_int_equal(LdrPeOpen(file->bytes, file->size, &image), PE_SUCCESS);
    for (uint32_t i = 0; LdrPeGetSection(&image, file->bytes, i, &section); i++) {
        for (uint32_t rva = section.Rva; rva < section.Rva + section.Size; rva += PAGE) {
            uint32_t wanted = LdrPePageProtection(&image, file->bytes, rva);
            uint64_t entry = leaf(machine, base + rva);

            if (section.Name[0] == '/' || strcmp(section.Name, ".reloc") == 0) {
                assert_int_equal(entry, 0);
                continue;
            }
            sections++;
            assert_true(entry != 0);
            assert_int_equal((entry & WRITE) != 0, (wanted & PE_WRITE) != 0);
            assert_int_equal((entry & NO_EXECUTE) == 0, (wanted & PE_EXECUTE) != 0);
        }
    }
    assert_true(sections > 4);
}

static void sections_have_their_protection(void **state)
{
    struct sim_machine machine;
    PE_IMAGE image;

    (void)state;
    start(&machine);
    check_image(&machine, &kernel_file, LOADER_PC_KERNEL_BASE);
    check_image(&machine, &hal_file, LOADER_PC_HAL_BASE);
    assert_int_equal(LdrPeOpen(kernel_file.bytes, kernel_file.size, &image), PE_SUCCESS);
    assert_int_equal(machine.start.rip, LOADER_PC_KERNEL_BASE + image.EntryPoint);
    assert_int_equal(leaf(&machine, machine.start.rip) & (NO_EXECUTE | WRITE), 0);
    free(machine.ram);
}

static void the_images_are_bound_to_each_other(void **state)
{
    struct sim_machine machine;
    PE_IMAGE image;
    unsigned bound = 0;

    (void)state;
    start(&machine);
    assert_int_equal(LdrPeOpen(kernel_file.bytes, kernel_file.size, &image), PE_SUCCESS);
    for (uint32_t at = 0; at < image.Directory[PE_DIRECTORY_IMPORT_ADDRESSES].Size; at += 8) {
        uint32_t rva = image.Directory[PE_DIRECTORY_IMPORT_ADDRESSES].Rva + at;
        uint64_t slot;

        copy_seen(&machine, LOADER_PC_KERNEL_BASE + rva, &slot, sizeof(slot));
        if (slot != 0) {
            assert_true(leaf(&machine, slot) != 0);
            assert_true(slot >= LOADER_PC_HAL_BASE && slot < LOADER_PC_BLOCK_BASE);
            bound++;
        }
    }
    assert_true(bound > 10);
    free(machine.ram);
}

static void the_block_says_what_there_is(void **state)
{
    struct sim_machine machine;
    LOADER_BLOCK block;
    LOADER_IMAGE images[2];
    char options[32];

    (void)state;
    start(&machine);
    block = block_of(&machine);
    assert_int_equal(block.Version, LOADER_BLOCK_VERSION);
    assert_int_equal(block.Size, sizeof(block));
    assert_int_equal(block.PageTableRoot, machine.start.cr3);
    assert_int_equal(block.SystemRangeBase, LOADER_PC_SYSTEM_BASE);
    assert_int_equal(block.SystemRangeSize, LOADER_PC_SYSTEM_SIZE);
    assert_int_equal(memcmp(sim_ram(&machine, block.AcpiRsdp, 8), "RSD PTR ", 8), 0);
    assert_int_equal(leaf(&machine, machine.start.rcx) & ~ADDRESS, PRESENT | USED | WRITE | NO_EXECUTE);

    assert_int_equal(block.ImageCount, 2);
    copy_seen(&machine, block.Images, images, sizeof(images));
    assert_string_equal(images[0].Name, "ntoskrnl.exe");
    assert_int_equal(images[0].Base, LOADER_PC_KERNEL_BASE);
    assert_string_equal(images[1].Name, "hal.dll");
    assert_int_equal(images[1].Base, LOADER_PC_HAL_BASE);
    copy_seen(&machine, block.Options, options, strlen("verify=1 record=10") + 1);
    assert_string_equal(options, "verify=1 record=10");
    free(machine.ram);
}

static void driver_files_are_there_to_be_read(void **state)
{
    struct sim_machine machine;
    LOADER_BLOCK block;
    LOADER_FILE files[3];

    (void)state;
    start(&machine);
    block = block_of(&machine);
    assert_int_equal(block.FileCount, 3);
    copy_seen(&machine, block.Files, files, sizeof(files));
    for (unsigned i = 0; i < 3; i++) {
        uint8_t bytes[sizeof(first_driver)];

        assert_string_equal(files[i].Name, driver_files[i].name);
        assert_int_equal(files[i].Size, driver_files[i].size);
        if (driver_files[i].size != 0) {
            copy_seen(&machine, files[i].Data, bytes, files[i].Size);
            assert_memory_equal(bytes, driver_files[i].bytes, files[i].Size);
            assert_int_equal(leaf(&machine, files[i].Data) & ~ADDRESS, PRESENT | USED | NO_EXECUTE);
        }
    }
    assert_int_equal(files[1].Data, 0);
    free(machine.ram);
}

static uint32_t type_of(const LOADER_MEMORY *list, uint32_t count, uint64_t physical)
{
    for (uint32_t i = 0; i < count; i++) {
        if (physical >= list[i].Base && physical < list[i].Base + list[i].Pages * PAGE) {
            return list[i].Type;
        }
    }
    return 0;
}

static const LOADER_MEMORY *checked_list;
static uint32_t checked_count;

static void check_loaded(struct sim_machine *machine, uint64_t address, uint64_t entry)
{
    (void)machine;
    if (address >= LOW_END) {
        assert_int_equal(type_of(checked_list, checked_count, entry & ADDRESS),
                         LoaderMemoryLoaded);
    }
}

static void the_memory_list_covers_all_memory(void **state)
{
    struct sim_machine machine;
    LOADER_MEMORY list[64];
    LOADER_BLOCK block;
    uint64_t end = 0;

    (void)state;
    start(&machine);
    block = block_of(&machine);
    assert_in_range(block.MemoryCount, 3, 64);
    copy_seen(&machine, block.Memory, list, block.MemoryCount * sizeof(list[0]));
    for (uint32_t i = 0; i < block.MemoryCount; i++) {
        assert_int_equal(list[i].Base, end);
        assert_in_range(list[i].Type, LoaderMemoryFree, LoaderMemoryReserved);
        end += list[i].Pages * PAGE;
    }
    assert_int_equal(end, MEMORY);
    assert_int_equal(type_of(list, block.MemoryCount, 0), LoaderMemoryReserved);
    assert_int_equal(type_of(list, block.MemoryCount, 0x8000), LoaderMemoryReserved);
    assert_int_equal(type_of(list, block.MemoryCount, 0xFFFFF), LoaderMemoryReserved);
    assert_int_equal(type_of(list, block.MemoryCount, machine.start.cr3), LoaderMemoryLoaded);
    checked_list = list;
    checked_count = block.MemoryCount;
    visit_leaves(&machine, machine.start.cr3, 3, 0, check_loaded);
    free(machine.ram);
}

static void the_seed_alone_decides_what_is_random(void **state)
{
    struct sim_machine first, again, other;

    (void)state;
    start(&first);
    start(&again);
    assert_memory_equal(first.ram, again.ram, MEMORY);
    assert_true(boot(&other, MEMORY, usual(2)));
    assert_int_equal(other.start.rsp, first.start.rsp);
    free(first.ram);
    free(again.ram);
    free(other.ram);
}

static void check_failure(uint64_t memory, struct sim_options options, const char *words)
{
    struct sim_machine machine;

    if (boot(&machine, memory, options)) {
        fail_msg("booted without '%s'", words);
    }
    if (strstr(machine.message, words) == NULL) {
        fail_msg("'%s' lacks '%s'", machine.message, words);
    }
    assert_null(strchr(machine.message, '\n'));
    assert_null(strstr(machine.message, "allcall boot"));
    free(machine.ram);
}

static struct sim_file without_exports(const struct sim_file *file)
{
    uint8_t *bytes = malloc(file->size);
    PE_IMAGE image;

    memcpy(bytes, file->bytes, file->size);
    assert_int_equal(LdrPeOpen(bytes, file->size, &image), PE_SUCCESS);
    memset(bytes + image.OptionalHeader + DIRECTORIES_AT, 0, sizeof(PE_DATA_DIRECTORY));
    return (struct sim_file){file->name, bytes, file->size};
}

static void what_cannot_be_booted_is_said(void **state)
{
    static const uint8_t megabytes[3 << 20];
    const struct sim_file large = {"large.sys", megabytes, sizeof(megabytes)};
    const struct sim_file slash = {"a/b.sys", second_driver, sizeof(second_driver)};
    struct sim_options options = usual(1);

    (void)state;
    check_failure(2ull << 20, options, "less than 4 MiB");
    options.drivers = &large;
    options.driver_count = 1;
    check_failure(4ull << 20, options, "not enough memory for large.sys");
    options = usual(1);
    options.kernel.size /= 2;
    check_failure(MEMORY, options, "ntoskrnl.exe ");
    options = usual(1);
    options.hal = (struct sim_file){"hal.dll", second_driver, sizeof(second_driver)};
    check_failure(MEMORY, options, "hal.dll is not");
    options = usual(1);
    options.hal = without_exports(&hal_file);
    check_failure(MEMORY, options, "missing imports: ntoskrnl.exe wants hal.dll!");
    free((void *)options.hal.bytes);
    options = usual(1);
    options.drivers = &slash;
    options.driver_count = 1;
    check_failure(MEMORY, options, "'a/b.sys' is no base name");
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(no_page_is_writable_and_executable),
        cmocka_unit_test(the_tables_map_themselves),
        cmocka_unit_test(the_lowest_2_mib_are_mapped_identically),
        cmocka_unit_test(the_stack_has_guard_pages),
        cmocka_unit_test(sections_have_their_protection),
        cmocka_unit_test(the_images_are_bound_to_each_other),
        cmocka_unit_test(the_block_says_what_there_is),
        cmocka_unit_test(driver_files_are_there_to_be_read),
        cmocka_unit_test(the_memory_list_covers_all_memory),
        cmocka_unit_test(the_seed_alone_decides_what_is_random),
        cmocka_unit_test(what_cannot_be_booted_is_said),
    };

    if (argc != 3) {
        fprintf(stderr, "usage: %s NTOSKRNL.EXE HAL.DLL\n", argv[0]);
        return 2;
    }
    kernel_file = image_file(argv[1]);
    hal_file = image_file(argv[2]);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_boot_input.c: what the boot code is given from outside: the PVH start
 * info and the files in the archive.  Every refusal is a message.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../../boot/common/archive.h"
#include "../../boot/common/console.h"
#include "../../boot/pvh/start_info.h"

#define ARENA     0x20000000ull
#define ARENA_END 0x20040000ull
#define INFO      (ARENA + 0x100)
#define MAP       (ARENA + 0x200)
#define MODULES   (ARENA + 0x1000)
#define OPTIONS   (ARENA + 0x2000)
#define ARCHIVE   (ARENA + 0x20000)

static jmp_buf failed;
static char message[512];
static size_t message_length;

void machine_write(const char *text, size_t length)
{
    assert_true(message_length + length < sizeof(message));
    memcpy(message + message_length, text, length);
    message_length += length;
    message[message_length] = '\0';
}

void machine_fail(void)
{
    longjmp(failed, 1);
}

static void put(uint64_t address, uint64_t number, size_t size)
{
    memcpy(boot_pointer(address), &number, size);
}

static void put_memory(unsigned index, uint64_t base, uint64_t size, uint32_t type)
{
    put(MAP + 24 * index, base, 8);
    put(MAP + 24 * index + 8, size, 8);
    put(MAP + 24 * index + 16, type, 4);
}

/*
 * put_info: write a start info that is right: 256 KiB of memory, one module.
 */
static void put_info(void)
{
    memset(boot_pointer(ARENA), 0, ARENA_END - ARENA);
    put(INFO, 0x336EC578, 4);
    put(INFO + 4, 1, 4);
    put(INFO + 12, 1, 4);
    put(INFO + 16, MODULES, 8);
    put(INFO + 24, OPTIONS, 8);
    put(INFO + 32, 0xF1230, 8);
    put(INFO + 40, MAP, 8);
    put(INFO + 48, 3, 4);
    put_memory(0, ARENA, ARENA_END - ARENA, 1);
    put_memory(1, 0xFEC00000, 0x1000, 2);
    put_memory(2, ARENA_END - 0x2000, 0x1000, 3);
    put(MODULES, ARCHIVE, 8);
    put(MODULES + 8, 0x1800, 8);
    strcpy(boot_pointer(OPTIONS), "processors=4 x");
}

/*
 * read_info: => NULL, or the message with which the boot failed
 */
static const char *read_info(struct boot_request *request)
{
    static struct memory_map map;

    map = (struct memory_map){0};
    message_length = 0;
    *request = (struct boot_request){.memory = &map, .reach = ARENA_END};
    if (setjmp(failed) != 0) {
        return message;
    }
    start_info_read(INFO, request);
    return NULL;
}

static void start_info_says_where_everything_is(void **state)
{
    struct boot_request request;

    (void)state;
    put_info();
    assert_null(read_info(&request));
    assert_int_equal((uintptr_t)request.archive, ARCHIVE);
    assert_int_equal(request.archive_size, 0x1800);
    assert_string_equal(request.options, "processors=4 x");
    assert_int_equal(request.rsdp, 0xF1230);
    assert_int_equal(memory_map_type(request.memory, ARENA), LoaderMemoryFree);
    assert_int_equal(memory_map_type(request.memory, OPTIONS), MEMORY_IN_USE);
    assert_int_equal(memory_map_type(request.memory, ARCHIVE + 0x1FFF), MEMORY_IN_USE);
    assert_int_equal(memory_map_type(request.memory, ARCHIVE + 0x2000), LoaderMemoryFree);
    assert_int_equal(memory_map_type(request.memory, 0xFEC00000), LoaderMemoryReserved);
    assert_int_equal(memory_map_type(request.memory, ARENA_END - 0x2000), LoaderMemoryFirmware);
}

static void options_may_be_missing(void **state)
{
    struct boot_request request;

    (void)state;
    put_info();
    put(INFO + 24, 0, 8);
    assert_null(read_info(&request));
    assert_string_equal(request.options, "");
}

static void wrong_start_info_is_refused_in_words(void **state)
{
    static const struct {
        uint64_t address, number;
        size_t size;
        const char *words;
    } wrong[] = {
        {INFO, 0x336EC579, 4, "no PVH start info"},
        {INFO + 4, 0, 4, "no memory map"},
        {INFO + 12, 0, 4, "no archive"},
        {INFO + 16, 0, 8, "the module list outside"},
        {INFO + 16, ARENA_END - 31, 8, "the module list outside"},
        {INFO + 24, ARENA_END, 8, "the command line outside"},
        {INFO + 24, UINT64_MAX, 8, "the command line outside"},
        {INFO + 40, 0, 8, "no memory map"},
        {INFO + 40, ARENA_END - 71, 8, "the memory map outside"},
        {INFO + 40, UINT64_MAX, 8, "the memory map outside"},
        {INFO + 48, 0, 4, "no memory map"},
        {INFO + 48, UINT32_MAX, 4, "too many ranges"},
        {MODULES, 0, 8, "the archive outside"},
        {MODULES, UINT64_MAX - 0x17FF, 8, "the archive outside"},
        {MODULES + 8, UINT64_MAX, 8, "the archive outside"},
        {MODULES + 8, ARENA_END - ARCHIVE + 1, 8, "the archive outside"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        struct boot_request request;
        const char *words;

        put_info();
        put(wrong[i].address, wrong[i].number, wrong[i].size);
        words = read_info(&request);
        assert_non_null(words);
        assert_ptr_equal(strstr(words, "allcall boot: "), words);
        assert_non_null(strstr(words, wrong[i].words));
    }
}

static void endless_options_are_refused(void **state)
{
    struct boot_request request;

    (void)state;
    put_info();
    memset(boot_pointer(OPTIONS), 'x', PVH_OPTIONS_SIZE);
    assert_non_null(strstr(read_info(&request), "more than 65535 characters"));
    put(OPTIONS + PVH_OPTIONS_SIZE - 1, 0, 1);
    assert_null(read_info(&request));
    memset(boot_pointer(ARENA_END - 16), 'x', 16);
    put(INFO + 24, ARENA_END - 16, 8);
    assert_non_null(read_info(&request));
}

struct buffer {
    uint8_t bytes[32768];
    size_t size;
};

static void append(struct buffer *archive, const char *name, uint32_t mode, const char *data)
{
    char *to = (char *)archive->bytes + archive->size;

    memset(to, 0, sizeof(archive->bytes) - archive->size);
    sprintf(to, "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%s", 0u, mode, 0u, 0u,
            1u, 0u, (unsigned)strlen(data), 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1, 0u, name);
    archive->size = (archive->size + 110 + strlen(name) + 1 + 3) & ~(size_t)3;
    memcpy(archive->bytes + archive->size, data, strlen(data));
    archive->size = (archive->size + strlen(data) + 3) & ~(size_t)3;
}

static void append_kernel(struct buffer *archive)
{
    archive->size = 0;
    append(archive, "kernel", 040755, "");
    append(archive, "kernel/ntoskrnl.exe", 0100644, "KERNEL");
    append(archive, "kernel/hal.dll", 0100644, "HAL");
}

/*
 * read_archive: => NULL, or the message with which the boot failed
 */
static const char *read_archive(struct buffer *buffer, struct archive *archive)
{
    append(buffer, "TRAILER!!!", 0, "");
    message_length = 0;
    if (setjmp(failed) != 0) {
        return message;
    }
    archive_read(buffer->bytes, buffer->size, archive);
    return NULL;
}

static void drivers_keep_their_order_and_may_repeat(void **state)
{
    static struct buffer buffer;
    static struct archive archive;

    (void)state;
    append_kernel(&buffer);
    append(&buffer, "driver/b.sys", 0100644, "1");
    append(&buffer, "driver/a.sys", 0100644, "22");
    append(&buffer, "driver/b.sys", 0100644, "");
    assert_null(read_archive(&buffer, &archive));
    assert_string_equal(archive.kernel.name, "ntoskrnl.exe");
    assert_memory_equal(archive.kernel.data, "KERNEL", 6);
    assert_string_equal(archive.hal.name, "hal.dll");
    assert_int_equal(archive.hal.size, 3);
    assert_int_equal(archive.driver_count, 3);
    assert_string_equal(archive.drivers[0].name, "b.sys");
    assert_string_equal(archive.drivers[1].name, "a.sys");
    assert_int_equal(archive.drivers[1].size, 2);
    assert_string_equal(archive.drivers[2].name, "b.sys");
    assert_int_equal(archive.drivers[2].size, 0);
}

static void sixty_four_drivers_are_the_limit(void **state)
{
    static struct buffer buffer;
    static struct archive archive;

    (void)state;
    for (unsigned count = 64; count <= 65; count++) {
        const char *words;

        append_kernel(&buffer);
        for (unsigned i = 0; i < count; i++) {
            append(&buffer, "driver/d.sys", 0100644, "x");
        }
        words = read_archive(&buffer, &archive);
        if (count == 64) {
            assert_null(words);
        } else {
            assert_non_null(strstr(words, "more than 64 drivers"));
        }
    }
}

static void what_does_not_belong_into_the_archive_is_named(void **state)
{
    static const struct {
        const char *name;
        uint32_t mode;
        const char *words;
    } wrong[] = {
        {"kernel/hal.dll", 0100644, "holds kernel/hal.dll twice"},
        {"kernel/other.dll", 0100644, "'kernel/other.dll', which has no place"},
        {"readme", 0100644, "'readme', which has no place"},
        {"driver/link.sys", 0120777, "'driver/link.sys', which has no place"},
        {"driver/", 0100644, "is no base name"},
        {"driver/a/b.sys", 0100644, "'a/b.sys' is no base name"},
        {"driver/a\\b.sys", 0100644, "is no base name"},
    };
    static struct buffer buffer;
    static struct archive archive;

    (void)state;
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        const char *words;

        append_kernel(&buffer);
        append(&buffer, wrong[i].name, wrong[i].mode, "x");
        words = read_archive(&buffer, &archive);
        assert_non_null(words);
        assert_non_null(strstr(words, wrong[i].words));
    }
}

static void long_driver_names_are_refused(void **state)
{
    static struct buffer buffer;
    static struct archive archive;
    char name[7 + 256 + 1] = "driver/";

    (void)state;
    memset(name + 7, 'n', 256);
    append_kernel(&buffer);
    append(&buffer, name, 0100644, "x");
    assert_non_null(strstr(read_archive(&buffer, &archive), "at most 255 characters"));
    name[7 + 255] = '\0';
    append_kernel(&buffer);
    append(&buffer, name, 0100644, "x");
    assert_null(read_archive(&buffer, &archive));
}

static void a_missing_kernel_or_hal_is_named(void **state)
{
    static struct buffer buffer;
    static struct archive archive;

    (void)state;
    buffer.size = 0;
    append(&buffer, "kernel/hal.dll", 0100644, "HAL");
    assert_string_equal(read_archive(&buffer, &archive),
                        "allcall boot: the archive lacks kernel/ntoskrnl.exe\n");
    buffer.size = 0;
    append(&buffer, "kernel/ntoskrnl.exe", 0100644, "KERNEL");
    assert_string_equal(read_archive(&buffer, &archive),
                        "allcall boot: the archive lacks kernel/hal.dll\n");
    append_kernel(&buffer);
    append(&buffer, "driver\x1b", 0100644, "");
    assert_non_null(strstr(read_archive(&buffer, &archive), "'driver?'"));
}

static int map_arena(void **state)
{
    (void)state;
    return mmap((void *)ARENA, ARENA_END - ARENA, PROT_READ | PROT_WRITE,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0) == (void *)ARENA
               ? 0
               : -1;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(start_info_says_where_everything_is),
        cmocka_unit_test(options_may_be_missing),
        cmocka_unit_test(wrong_start_info_is_refused_in_words),
        cmocka_unit_test(endless_options_are_refused),
        cmocka_unit_test(drivers_keep_their_order_and_may_repeat),
        cmocka_unit_test(sixty_four_drivers_are_the_limit),
        cmocka_unit_test(what_does_not_belong_into_the_archive_is_named),
        cmocka_unit_test(long_driver_names_are_refused),
        cmocka_unit_test(a_missing_kernel_or_hal_is_named),
    };

    return cmocka_run_group_tests(tests, map_arena, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_cpio.c: the archive reader of the boot code.
 *
 * Archives are built here, byte by byte, and handed over in allocations of
 * exactly their size, so that the sanitizers see a read too far.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../../boot/common/cpio.h"

#define HEADER_SIZE  110
#define FILE_MODE    0100644u
#define FOLDER_MODE  040755u
#define FIRST_DATA   "The first file's data."
#define SECOND_DATA  "four"

struct buffer {
    uint8_t bytes[4096];
    size_t size;
};

/* Where a number of the header starts. */
static size_t field(unsigned index)
{
    return 6 + 8 * (size_t)index;
}

static void pad(struct buffer *archive)
{
    while (archive->size % 4 != 0) {
        archive->bytes[archive->size++] = 0;
    }
}

static void append(struct buffer *archive, const char *name, uint32_t mode, const void *data,
                   size_t size)
{
    char header[HEADER_SIZE + 1];

    snprintf(header, sizeof(header), "070701%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X%08X",
             1u, mode, 0u, 0u, 1u, 0u, (unsigned)size, 0u, 0u, 0u, 0u, (unsigned)strlen(name) + 1,
             0u);
    memcpy(archive->bytes + archive->size, header, HEADER_SIZE);
    archive->size += HEADER_SIZE;
    memcpy(archive->bytes + archive->size, name, strlen(name) + 1);
    archive->size += strlen(name) + 1;
    pad(archive);
    memcpy(archive->bytes + archive->size, data, size);
    archive->size += size;
    pad(archive);
}

static struct buffer sample(void)
{
    struct buffer archive = {.size = 0};

    append(&archive, "driver", FOLDER_MODE, "", 0);
    append(&archive, "driver/first.sys", FILE_MODE, FIRST_DATA, strlen(FIRST_DATA));
    append(&archive, "driver/b.sys", FILE_MODE, SECOND_DATA, strlen(SECOND_DATA));
    append(&archive, "driver/empty.sys", FILE_MODE, "", 0);
    append(&archive, "TRAILER!!!", 0, "", 0);
    return archive;
}

/*
 * read_all: read a copy of the archive that has exactly its size.
 * => the status that ended it; *entries: how many came before
 * => every byte of every entry is touched
 */
static enum cpio_status read_all(const uint8_t *bytes, size_t size, unsigned *entries)
{
    uint8_t *copy = malloc(size == 0 ? 1 : size);
    struct cpio_reader reader = {copy, size, 0};
    struct cpio_entry entry;
    enum cpio_status status;
    volatile uint8_t sink = 0;

    assert_non_null(copy);
    memcpy(copy, bytes, size);
    *entries = 0;
    while ((status = cpio_next(&reader, &entry)) == CPIO_ENTRY) {
        sink = (uint8_t)strlen(entry.name);
        for (size_t i = 0; i < entry.size; i++) {
            sink = sink ^ entry.data[i];
        }
        ++*entries;
        assert_true(*entries < 100);
    }
    free(copy);
    return status;
}

static void expect(struct cpio_reader *reader, const char *name, uint32_t mode, const char *data)
{
    struct cpio_entry entry;

    assert_int_equal(cpio_next(reader, &entry), CPIO_ENTRY);
    assert_string_equal(entry.name, name);
    assert_int_equal(entry.mode, mode);
    assert_int_equal(entry.size, strlen(data));
    assert_memory_equal(entry.data, data, entry.size);
}

static void entries_come_in_their_order(void **state)
{
    struct buffer archive = sample();
    struct cpio_reader reader = {archive.bytes, archive.size, 0};
    struct cpio_entry entry;

    (void)state;
    expect(&reader, "driver", FOLDER_MODE, "");
    expect(&reader, "driver/first.sys", FILE_MODE, FIRST_DATA);
    expect(&reader, "driver/b.sys", FILE_MODE, SECOND_DATA);
    expect(&reader, "driver/empty.sys", FILE_MODE, "");
    assert_int_equal(cpio_next(&reader, &entry), CPIO_END);
}

static void a_truncated_archive_is_never_whole(void **state)
{
    struct buffer archive = sample();
    size_t whole = archive.size;
    unsigned entries;

    (void)state;
    /* The padding behind the trailer's name carries nothing. */
    while (archive.bytes[whole - 2] == 0) {
        whole--;
    }
    for (size_t size = 0; size < whole; size++) {
        assert_int_equal(read_all(archive.bytes, size, &entries), CPIO_TRUNCATED);
    }
    for (size_t size = whole; size <= archive.size; size++) {
        assert_int_equal(read_all(archive.bytes, size, &entries), CPIO_END);
        assert_int_equal(entries, 4);
    }
}

static void what_follows_the_trailer_is_ignored(void **state)
{
    struct buffer archive = sample();
    unsigned entries;

    (void)state;
    memset(archive.bytes + archive.size, 0xFF, 300);
    assert_int_equal(read_all(archive.bytes, archive.size + 300, &entries), CPIO_END);
    assert_int_equal(entries, 4);
}

static void a_wrong_magic_number_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < 6; i++) {
        struct buffer archive = sample();
        unsigned entries;

        archive.bytes[i] ^= 2;
        assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_BAD_MAGIC);
        assert_int_equal(entries, 0);
    }
}

static void a_digit_that_is_none_is_refused(void **state)
{
    static const unsigned used[] = {1, 6, 11};
    static const char wrong[] = {'g', 'G', '/', ':', '@', '`', ' ', '\0', 'x'};

    (void)state;
    for (size_t i = 0; i < sizeof(used) / sizeof(used[0]); i++) {
        for (size_t digit = 0; digit < 8; digit++) {
            for (size_t j = 0; j < sizeof(wrong); j++) {
                struct buffer archive = sample();
                unsigned entries;

                archive.bytes[field(used[i]) + digit] = (uint8_t)wrong[j];
                assert_int_equal(read_all(archive.bytes, archive.size, &entries),
                                 CPIO_BAD_NUMBER);
            }
        }
    }
}

static void both_cases_of_digits_are_read(void **state)
{
    struct buffer archive = {.size = 0};
    uint8_t data[0xAB] = {1};
    unsigned entries;

    (void)state;
    append(&archive, "x", FILE_MODE, data, sizeof(data));
    append(&archive, "TRAILER!!!", 0, "", 0);
    assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_END);
    memcpy(archive.bytes + field(6), "000000aB", 8);
    assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_END);
    assert_int_equal(entries, 1);
}

static void huge_sizes_are_truncation(void **state)
{
    static const unsigned sizes[] = {6, 11};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct buffer archive = sample();
        unsigned entries;

        memcpy(archive.bytes + field(sizes[i]), "FFFFFFFF", 8);
        assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_TRUNCATED);
    }
}

static void a_name_ends_where_its_size_says(void **state)
{
    static const char *const sizes[] = {"00000000", "00000001", "00000006", "00000008"};

    (void)state;
    /* The first name is "driver": seven bytes. */
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        struct buffer archive = sample();
        unsigned entries;

        memcpy(archive.bytes + field(11), sizes[i], 8);
        assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_BAD_NAME);
        assert_int_equal(entries, 0);
    }
}

static void an_entry_without_a_name_is_refused(void **state)
{
    struct buffer archive = {.size = 0};
    unsigned entries;

    (void)state;
    append(&archive, "", FILE_MODE, FIRST_DATA, strlen(FIRST_DATA));
    append(&archive, "TRAILER!!!", 0, "", 0);
    assert_int_equal(read_all(archive.bytes, archive.size, &entries), CPIO_BAD_NAME);
}

static void no_damaged_byte_leads_out_of_the_archive(void **state)
{
    static const uint8_t values[] = {0, '0', '7', 'F', 0x80, 0xFF};
    struct buffer archive = sample();
    unsigned entries;

    (void)state;
    for (size_t i = 0; i < archive.size; i++) {
        for (size_t j = 0; j < sizeof(values); j++) {
            uint8_t old = archive.bytes[i];

            archive.bytes[i] = values[j];
            assert_int_not_equal(read_all(archive.bytes, archive.size, &entries), CPIO_ENTRY);
            archive.bytes[i] = old;
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(entries_come_in_their_order),
        cmocka_unit_test(a_truncated_archive_is_never_whole),
        cmocka_unit_test(what_follows_the_trailer_is_ignored),
        cmocka_unit_test(a_wrong_magic_number_is_refused),
        cmocka_unit_test(a_digit_that_is_none_is_refused),
        cmocka_unit_test(both_cases_of_digits_are_read),
        cmocka_unit_test(huge_sizes_are_truncation),
        cmocka_unit_test(a_name_ends_where_its_size_says),
        cmocka_unit_test(an_entry_without_a_name_is_refused),
        cmocka_unit_test(no_damaged_byte_leads_out_of_the_archive),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

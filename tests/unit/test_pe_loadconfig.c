/* SPDX-License-Identifier: MIT */
/*
 * test_pe_loadconfig.c: what the PE loader does for an MSVC-style image,
 * compiled with /GS and /guard:cf, which is also run.
 * usage: test_pe_loadconfig IMAGE..., the images that pe/images.sh builds
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <string.h>

#include "pe/load.h"

/* Offsets in the load configuration. */
enum { SIZE = 0, COOKIE = 0x58, CHECK = 0x70, DISPATCH = 0x78 };

/* Counts, then jumps to the target in rax with every other register kept. */
void counting_dispatch(void);
extern uint64_t dispatch_count;
__asm__(".text\n"
        "counting_dispatch:\n"
        "    incq dispatch_count(%rip)\n"
        "    jmp *%rax\n"
        ".data\n"
        "dispatch_count:\n"
        "    .quad 0\n"
        ".text\n");

static struct image image;

static uint8_t *field(uint32_t offset)
{
    return image.view + image.pe.Directory[PE_DIRECTORY_LOAD_CONFIG].Rva + offset;
}

static uint64_t read_field(uint32_t offset)
{
    uint64_t value;

    memcpy(&value, field(offset), sizeof(value));
    return value;
}

static void write_field(uint32_t offset, uint64_t value)
{
    memcpy(field(offset), &value, sizeof(value));
}

/* The object that a field points to. */
static uint64_t *pointee(uint32_t offset)
{
    uint64_t pointer = read_field(offset);

    assert_in_range(pointer, (uintptr_t)image.view, (uintptr_t)image.view + image.pe.Size - 8);
    return (uint64_t *)pointer;
}

static PE_STATUS apply(uint64_t cookie)
{
    PE_LOAD_CONFIG_VALUES values = { cookie, 0x1111, (uintptr_t)counting_dispatch };

    return LdrPeApplyLoadConfig(&image.pe, image.view, &values);
}

static int load_guarded(void **state)
{
    (void)state;
    image = load_image("guarded.sys");
    return 0;
}

static int free_guarded(void **state)
{
    (void)state;
    free_image(&image);
    return 0;
}

static void a_guarded_driver_runs_with_cookie_and_dispatch_in_place(void **state)
{
    struct image kernel = load_image("ntoskrnl.exe");
    PE_MODULE module = { "ntoskrnl.exe", kernel.view, kernel.pe.ImageBase, kernel.pe };
    PE_MODULE_TABLE table = { &module, 1 };
    PE_BINDER binder = { LdrPeResolveInModules, NULL, &table };

    (void)state;
    dispatch_count = 0;
    assert_int_equal(*pointee(COOKIE), PE_DEFAULT_COOKIE);
    assert_int_equal(LdrPeBindImports(&image.pe, image.view, &binder), PE_SUCCESS);
    assert_int_equal(apply(0x123456789ABCull), PE_SUCCESS);
    assert_int_equal(((CALL int (*)(void))run_at(&image, image.pe.EntryPoint))(), 58);
    assert_int_equal(dispatch_count, 1);
    assert_int_equal(((CALL uint64_t (*)(void))exported(&image, "ReadCookie"))(),
                     0x123456789ABCull);
    free_image(&kernel);
}

static void cookie_and_both_pointers_are_set(void **state)
{
    (void)state;
    assert_int_equal(apply(0x123456789ABCull), PE_SUCCESS);
    assert_int_equal(*pointee(COOKIE), 0x123456789ABCull);
    assert_int_equal(*pointee(CHECK), 0x1111);
    assert_int_equal(*pointee(DISPATCH), (uintptr_t)counting_dispatch);
}

static void addresses_of_zero_leave_the_image_its_own(void **state)
{
    PE_LOAD_CONFIG_VALUES values = { 1, 0, 0 };
    uint64_t check = *pointee(CHECK);
    uint64_t dispatch = *pointee(DISPATCH);

    (void)state;
    assert_int_equal(LdrPeApplyLoadConfig(&image.pe, image.view, &values), PE_SUCCESS);
    assert_int_equal(*pointee(CHECK), check);
    assert_int_equal(*pointee(DISPATCH), dispatch);
}

static void a_cookie_has_48_bits_and_is_neither_zero_nor_the_default(void **state)
{
    static const uint64_t randoms[] = { 0, 0xFFFF000000000000ull, PE_DEFAULT_COOKIE,
                                        0xABCD000000000000ull | PE_DEFAULT_COOKIE, UINT64_MAX };

    (void)state;
    for (size_t index = 0; index < sizeof(randoms) / sizeof(randoms[0]); index++) {
        *pointee(COOKIE) = PE_DEFAULT_COOKIE;
        assert_int_equal(apply(randoms[index]), PE_SUCCESS);
        assert_int_not_equal(*pointee(COOKIE), 0);
        assert_int_not_equal(*pointee(COOKIE), PE_DEFAULT_COOKIE);
        assert_int_equal(*pointee(COOKIE) >> 48, 0);
    }
}

static void a_cookie_that_the_image_chose_itself_stays(void **state)
{
    (void)state;
    *pointee(COOKIE) = 0x4242;
    assert_int_equal(apply(0x123456789ABCull), PE_SUCCESS);
    assert_int_equal(*pointee(COOKIE), 0x4242);
    *pointee(COOKIE) = 0;
    assert_int_equal(apply(0x123456789ABCull), PE_SUCCESS);
    assert_int_equal(*pointee(COOKIE), 0x123456789ABCull);
}

static void a_field_that_size_does_not_cover_is_left_alone(void **state)
{
    static const struct {
        uint32_t size;
        bool cookie, check, dispatch;
    } cases[] = {
        { 0, false, false, false },        { COOKIE + 7, false, false, false },
        { COOKIE + 8, true, false, false },  { CHECK + 7, true, false, false },
        { CHECK + 8, true, true, false },    { DISPATCH + 7, true, true, false },
        { DISPATCH + 8, true, true, true },
    };

    (void)state;
    for (size_t index = 0; index < sizeof(cases) / sizeof(cases[0]); index++) {
        memcpy(field(SIZE), &cases[index].size, sizeof(cases[index].size));
        *pointee(COOKIE) = PE_DEFAULT_COOKIE;
        *pointee(CHECK) = 0;
        *pointee(DISPATCH) = 0;
        assert_int_equal(apply(0x123456789ABCull), PE_SUCCESS);
        assert_int_equal(*pointee(COOKIE) != PE_DEFAULT_COOKIE, cases[index].cookie);
        assert_int_equal(*pointee(CHECK) != 0, cases[index].check);
        assert_int_equal(*pointee(DISPATCH) != 0, cases[index].dispatch);
    }
}

static void a_pointer_out_of_the_image_is_refused(void **state)
{
    static const uint32_t fields[] = { COOKIE, CHECK, DISPATCH };
    uint64_t base = image.pe.ImageBase;
    uint64_t size = image.pe.Size;

    (void)state;
    for (size_t index = 0; index < sizeof(fields) / sizeof(fields[0]); index++) {
        uint64_t saved = read_field(fields[index]);
        const uint64_t outside[] = { 1, base - 1, base, base + size - 7, base + size, UINT64_MAX };

        for (size_t at = 0; at < sizeof(outside) / sizeof(outside[0]); at++) {
            write_field(fields[index], outside[at]);
            assert_int_equal(apply(1), PE_BAD_LOAD_CONFIG);
        }
        write_field(fields[index], 0);
        assert_int_equal(apply(1), PE_SUCCESS);
        write_field(fields[index], saved);
    }
}

static void an_image_without_a_load_configuration_needs_nothing(void **state)
{
    (void)state;
    image.pe.Directory[PE_DIRECTORY_LOAD_CONFIG] = (PE_DATA_DIRECTORY){ 0, 0 };
    assert_int_equal(apply(1), PE_SUCCESS);
}

#define GUARDED(test) cmocka_unit_test_setup_teardown(test, load_guarded, free_guarded)

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        GUARDED(a_guarded_driver_runs_with_cookie_and_dispatch_in_place),
        GUARDED(cookie_and_both_pointers_are_set),
        GUARDED(addresses_of_zero_leave_the_image_its_own),
        GUARDED(a_cookie_has_48_bits_and_is_neither_zero_nor_the_default),
        GUARDED(a_cookie_that_the_image_chose_itself_stays),
        GUARDED(a_field_that_size_does_not_cover_is_left_alone),
        GUARDED(a_pointer_out_of_the_image_is_refused),
        GUARDED(an_image_without_a_load_configuration_needs_nothing),
    };

    set_image_paths(argc - 1, argv + 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * test_services.c: what exported functions mean to the deterministic machine, held
 * against the export table.
 * usage: test_services EXPORTS.tsv
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tool/sim_services.h"

static char **exports;
static size_t export_count;

static bool is_exported(const char *name)
{
    for (size_t index = 0; index < export_count; index++) {
        if (strcmp(exports[index], name) == 0) {
            return true;
        }
    }
    return false;
}

static void every_name_of_the_table_is_exported_and_there_once(void **state)
{
    const char *name;

    (void)state;
    for (unsigned index = 0; (name = sim_service_name(index)) != NULL; index++) {
        if (!is_exported(name)) {
            fail_msg("nothing exports %s", name);
        }
        for (unsigned before = 0; before < index; before++) {
            assert_string_not_equal(name, sim_service_name(before));
        }
    }
    assert_in_range(export_count, 300, 10000);
}

static bool says(const char *name, const char *word)
{
    return strstr(name, word) != NULL;
}

/*
 * What acquires or releases a lock by its name is in the table, so that who holds it can be said;
 * but run-down protection, mutexes and semaphores, which many may hold, or which are waited for.
 */
static void every_lock_is_in_the_table(void **state)
{
    (void)state;
    for (size_t index = 0; index < export_count; index++) {
        const char *name = exports[index];
        bool lock = says(name, "SpinLock") || says(name, "FastMutex") ||
                    says(name, "GuardedMutex") || says(name, "Resource");
        enum sim_service service = sim_service_of(name);

        if (lock && says(name, "Acquire") && !says(name, "Acquired")) {
            if (service != SIM_SERVICE_LOCK && service != SIM_SERVICE_TRY_LOCK &&
                service != SIM_SERVICE_QUEUED_LOCK && service != SIM_SERVICE_ONE_LOCK) {
                fail_msg("%s acquires no lock", name);
            }
        } else if (lock && says(name, "Release")) {
            if (service != SIM_SERVICE_UNLOCK && service != SIM_SERVICE_QUEUED_UNLOCK &&
                service != SIM_SERVICE_ONE_UNLOCK) {
                fail_msg("%s releases no lock", name);
            }
        }
    }
}

static void only_the_call_is_the_call(void **state)
{
    (void)state;
    for (size_t index = 0; index < export_count; index++) {
        assert_int_equal(sim_service_of(exports[index]) == SIM_SERVICE_CALL,
                         strcmp(exports[index], "KeIpiGenericCall") == 0);
    }
}

static void what_has_state_in_the_kernel_does_not_act_for_its_caller(void **state)
{
    static const char *const names[] = {
        "rand", "srand", "ExAllocatePoolWithTag", "DbgPrint", "RtlCreateUnicodeString", "qsort"
    };

    (void)state;
    for (size_t index = 0; index < sizeof(names) / sizeof(names[0]); index++) {
        assert_int_equal(sim_service_of(names[index]), SIM_SERVICE_OTHER);
    }
    assert_int_equal(sim_service_of("memcpy"), SIM_SERVICE_MEMORY);
    assert_int_equal(sim_service_of("RtlZeroMemory"), SIM_SERVICE_MEMORY);
}

/* read_exports: the first column of the table; its first row is a heading. */
static bool read_exports(const char *path)
{
    FILE *file = fopen(path, "r");
    char row[1000];
    bool heading = true;

    if (file == NULL) {
        return false;
    }
    exports = calloc(10000, sizeof(*exports));
    while (fgets(row, sizeof(row), file) != NULL && export_count < 10000) {
        row[strcspn(row, "\t\n")] = '\0';
        if (row[0] != '#' && row[0] != '\0' && !heading) {
            exports[export_count++] = strdup(row);
        }
        heading = heading && row[0] == '#';
    }
    fclose(file);
    return true;
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_name_of_the_table_is_exported_and_there_once),
        cmocka_unit_test(every_lock_is_in_the_table),
        cmocka_unit_test(only_the_call_is_the_call),
        cmocka_unit_test(what_has_state_in_the_kernel_does_not_act_for_its_caller),
    };
    int failed;

    if (argc != 2 || !read_exports(argv[1])) {
        fprintf(stderr, "usage: test_services EXPORTS.tsv\n");
        return 2;
    }
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    while (export_count != 0) {
        free(exports[--export_count]);
    }
    free(exports);
    return failed;
}

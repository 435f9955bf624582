/* SPDX-License-Identifier: MIT */
/*
 * test_explore.c: when two findings are the same bug, how bugs are counted, and
 * how schedules are said to be drawn.
 */
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "tool/explore.h"

static struct finding finding_of(const char *rule, const char *routine, const char *location)
{
    return (struct finding){ .rule = (char *)rule,
                             .routine = (char *)routine,
                             .location = (char *)location };
}

static void assert_same(const struct finding *left, const struct finding *right, bool same)
{
    char *a = explore_key(left), *b = explore_key(right);

    assert_int_equal(strcmp(a, b) == 0, same);
    free(a);
    free(b);
}

static void the_same_lines_are_the_same_bug(void **state)
{
    struct finding usual = finding_of("race", "a.sys!Count+0x10", "a.c:7");
    struct finding further = finding_of("race", "a.sys!Count+0x14", "a.c:7");
    struct finding line = finding_of("race", "a.sys!Count+0x10", "a.c:8");
    struct finding rule = finding_of("C13", "a.sys!Count+0x10", "a.c:7");
    struct finding function = finding_of("race", "a.sys!Recount+0x10", "a.c:7");

    (void)state;
    further.processor = 3;
    further.message = (char *)"another one";
    assert_same(&usual, &further, true);
    assert_same(&usual, &line, false);
    assert_same(&usual, &rule, false);
    assert_same(&usual, &function, false);
}

static void without_lines_offsets_count_and_addresses_in_no_image_do_not(void **state)
{
    struct finding usual = finding_of("race", "a.sys!Count+0x10", NULL);
    struct finding further = finding_of("race", "a.sys!Count+0x14", NULL);
    struct finding wild = finding_of("PAGE_FAULT", "0x0000000000001234", NULL);
    struct finding wilder = finding_of("PAGE_FAULT", "0xFFFF800000001234", NULL);
    struct finding nowhere = finding_of("PAGE_FAULT", NULL, NULL);

    (void)state;
    assert_same(&usual, &further, false);
    assert_same(&wild, &wilder, true);
    assert_same(&wild, &nowhere, true);
}

static void the_order_of_the_two_sides_does_not_matter(void **state)
{
    struct finding a = finding_of("race", "a.sys!Read+0x1", "a.c:1");
    struct finding b = finding_of("race", "a.sys!Write+0x1", "a.c:2");
    struct finding a_first = a, b_first = b, alone = a;

    (void)state;
    a_first.other = &b;
    b_first.other = &a;
    assert_same(&a_first, &b_first, true);
    assert_same(&a_first, &alone, false);
}

static void bugs_are_counted_once_and_ordered_by_their_first_schedule(void **state)
{
    struct explore *explore = calloc(1, sizeof(*explore));

    (void)state;
    explore_book_add(explore, "late", 9);
    explore_book_add(explore, "early", 5);
    explore_book_add(explore, "late", 12);
    explore_book_add(explore, "early", 3);
    explore_book_add(explore, "beyond", 21);
    explore_book_finish(explore, 20);
    assert_int_equal(explore->bug_count, 2);
    assert_string_equal(explore->bugs[0].key, "early");
    assert_int_equal(explore->bugs[0].first, 3);
    assert_int_equal(explore->bugs[0].count, 2);
    assert_string_equal(explore->bugs[1].key, "late");
    assert_int_equal(explore->bugs[1].first, 9);
    assert_int_equal(explore->bugs[1].count, 2);
    free(explore->bugs[0].key);
    free(explore->bugs[1].key);
    free(explore->bugs);
    free(explore);
}

static void strategies_are_read_as_they_are_written(void **state)
{
    static const char *const good[] = { "random", "pct:3", "pct:1:1", "pct:64:1000000000000" };
    static const char *const bad[] = { "",       "rand",    "randomly",  "pct:",    "pct:0",
                                       "pct:65", "pct:3:",  "pct:3:0",   "pct::3",  "pct:3:1:",
                                       "pct3",   "pct:+3",  "pct:3:1 ",  "pct: 3",  "pct:03:99999999999999999",
                                       "PCT",    "pct:3:-1", "pct:3:1000000000001" };
    struct strategy strategy;

    (void)state;
    for (size_t index = 0; index < sizeof(good) / sizeof(good[0]); index++) {
        char *text;

        assert_true(strategy_parse(good[index], &strategy));
        text = strategy_text(&strategy);
        assert_string_equal(text, good[index]);
        free(text);
    }
    assert_true(strategy_parse("pct", &strategy));
    assert_int_equal(strategy.depth, STRATEGY_USUAL_DEPTH);
    assert_int_equal(strategy.steps, 0);
    for (size_t index = 0; index < sizeof(bad) / sizeof(bad[0]); index++) {
        if (strategy_parse(bad[index], &strategy)) {
            fail_msg("\"%s\" was taken", bad[index]);
        }
    }
}

static void the_chance_is_that_of_the_guarantee(void **state)
{
    struct strategy strategy = { SIM_PCT, 3, 812 };
    double chance = strategy_chance(&strategy, 4);

    (void)state;
    assert_true(fabs(chance * 4 * 812 * 812 - 1) < 1e-9);
    assert_true(fabs(strategy_chance_of_any(0.5, 2) - 0.75) < 1e-9);
    assert_true(strategy_chance_of_any(chance, 0) == 0);
    assert_true(fabs(strategy_chance_of_any(1e-18, 1000) / 1e-15 - 1) < 1e-6);
    strategy.depth = 1;
    assert_true(strategy_chance(&strategy, 4) == 0.25);
    assert_true(strategy_chance_of_any(strategy_chance(&strategy, 1), 1) == 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_same_lines_are_the_same_bug),
        cmocka_unit_test(without_lines_offsets_count_and_addresses_in_no_image_do_not),
        cmocka_unit_test(the_order_of_the_two_sides_does_not_matter),
        cmocka_unit_test(bugs_are_counted_once_and_ordered_by_their_first_schedule),
        cmocka_unit_test(strategies_are_read_as_they_are_written),
        cmocka_unit_test(the_chance_is_that_of_the_guarantee),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT */
/*
 * explore_report.c: what the schedules have shown, as text and as JSON.
 *
 * The first schedule of each bug is run once more here, so that its findings
 * can be reported as `allcall run` does, and so that what is printed is known
 * to repeat.
 */
#define _GNU_SOURCE
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "explore.h"
#include "json.h"

#define SHOWN_GAPS 6u

/* A bug with its schedule run again. */
struct shown_bug {
    const struct explore_bug *bug;
    struct explore_verdict *verdict; /* that of the bug before, if the schedule is the same */
    const struct finding *finding;
    char *replay;
};

struct view {
    struct explore *explore;
    struct shown_bug *bugs;
    size_t count;
    struct strings {
        char **texts;
        size_t count, capacity;
    } *gaps; /* [driver] */
    bool covered;
};

static const char *with_commas(uint64_t number, char buffer[32])
{
    char digits[24];
    size_t length = (size_t)snprintf(digits, sizeof(digits), "%" PRIu64, number), used = 0;

    for (size_t index = 0; index < length; index++) {
        if (index != 0 && (length - index) % 3 == 0) {
            buffer[used++] = ',';
        }
        buffer[used++] = digits[index];
    }
    buffer[used] = '\0';
    return buffer;
}

/* find_finding: the first one of a verdict that has a key. */
static const struct finding *find_finding(const struct explore_verdict *verdict, const char *key)
{
    for (size_t index = 0; index < verdict->outcome.finding_count; index++) {
        char *own = explore_key(&verdict->outcome.findings[index]);
        bool same = strcmp(own, key) == 0;

        free(own);
        if (same) {
            return &verdict->outcome.findings[index];
        }
    }
    return NULL;
}

/* by_report: in the order of the schedules, and in each as `allcall run` reports them. */
static int by_report(const void *left, const void *right)
{
    const struct shown_bug *a = left, *b = right;

    if (a->bug->first != b->bug->first) {
        return a->bug->first < b->bug->first ? -1 : 1;
    }
    return (a->finding > b->finding) - (a->finding < b->finding);
}

/* show_again: run the bugs' schedules once more.  => false after explore->message */
static bool show_again(struct view *view)
{
    struct explore *explore = view->explore;

    view->bugs = xcalloc(explore->bug_count + 1, sizeof(*view->bugs));
    for (size_t index = 0; index < explore->bug_count; index++) {
        struct shown_bug *shown = &view->bugs[index];

        shown->bug = &explore->bugs[index];
        if (index != 0 && shown[-1].bug->first == shown->bug->first) {
            shown->verdict = shown[-1].verdict;
        } else {
            shown->verdict = xcalloc(1, sizeof(*shown->verdict));
            explore_run(explore, shown->bug->first);
            explore_judge(explore, explore_shape_of(explore, shown->bug->first), shown->verdict);
        }
        shown->replay = explore_replay(explore, shown->bug->first);
        view->count++;
        shown->finding = find_finding(shown->verdict, shown->bug->key);
        if (shown->finding == NULL) {
            free(explore->message);
            explore->end = EXPLORE_FAILED;
            explore->message = xasprintf("schedule %" PRIu64 " was run again, and did not show again"
                                         " what it had shown: %s",
                                         shown->bug->first, shown->bug->key);
            return false;
        }
    }
    if (view->count != 0) {
        qsort(view->bugs, view->count, sizeof(*view->bugs), by_report);
    }
    return true;
}

static void add_gap(void *context, const char *text)
{
    struct strings *gaps = context;

    grow_array(&gaps->texts, gaps->count, &gaps->capacity, sizeof(*gaps->texts));
    gaps->texts[gaps->count++] = xstrdup(text);
}

/* find_gaps: what has not run, where the counting was not cut short by a finding. */
static void find_gaps(struct view *view)
{
    struct explore *explore = view->explore;

    view->gaps = xcalloc(explore->set.driver_count, sizeof(*view->gaps));
    view->covered = explore->done != 0 && explore->end != EXPLORE_FOUND;
    for (size_t driver = 0; view->covered && driver < explore->set.driver_count; driver++) {
        coverage_gaps(&explore->coverage, driver, explore->shared->covered, explore->symbols,
                      &explore->booted[0], add_gap, &view->gaps[driver]);
    }
}

static void close_view(struct view *view)
{
    for (size_t index = 0; index < view->count; index++) {
        if (index == 0 || view->bugs[index].verdict != view->bugs[index - 1].verdict) {
            continue;
        }
        view->bugs[index].verdict = NULL;
    }
    for (size_t index = 0; index < view->count; index++) {
        if (view->bugs[index].verdict != NULL) {
            explore_verdict_free(view->bugs[index].verdict);
            free(view->bugs[index].verdict);
        }
        free(view->bugs[index].replay);
    }
    for (size_t driver = 0; driver < view->explore->set.driver_count; driver++) {
        for (size_t index = 0; index < view->gaps[driver].count; index++) {
            free(view->gaps[driver].texts[index]);
        }
        free(view->gaps[driver].texts);
    }
    free(view->gaps);
    free(view->bugs);
}

/* schedules_on: how many of the schedules that have run had that shape, if all in turn. */
static uint64_t schedules_on(const struct explore *explore, size_t shape)
{
    uint64_t shapes = explore->options.shape_count;

    return (explore->done + shapes - 1 - shape) / shapes;
}

/* strategy_on: the strategy with the steps of a shape. */
static struct strategy strategy_on(const struct explore *explore, size_t shape)
{
    struct strategy strategy = explore->options.run.strategy;

    strategy.steps = strategy.steps != 0 ? strategy.steps : explore->shared->steps[shape];
    return strategy;
}

/* Text ------------------------------------------------------------------------------ */

static void write_bug(const struct report *report, const struct shown_bug *shown,
                      const struct explore *explore, FILE *file)
{
    const struct explore_bug *bug = shown->bug;
    char *shape = explore_shape_text(&explore->options.shapes[explore_shape_of(explore, bug->first)]);
    char count[32], done[32];

    report_finding(report, shown->finding, file);
    fprintf(file, "  first in schedule %" PRIu64 ", on %s; in %s of %s schedule%s\n", bug->first,
            shape, with_commas(bug->count, count), with_commas(explore->done, done),
            explore->done == 1 ? "" : "s");
    fprintf(file, "  Again: %s\n", shown->replay);
    free(shape);
}

static void write_coverage(const struct view *view, FILE *file)
{
    const struct explore *explore = view->explore;

    for (size_t driver = 0; view->covered && driver < explore->set.driver_count; driver++) {
        struct coverage_count count =
            coverage_count(&explore->coverage, driver, explore->shared->covered);
        const struct strings *gaps = &view->gaps[driver];
        char covered[32], instructions[32];

        fprintf(file, "  covers %s of %s instructions of %s (%u %%)",
                with_commas(count.covered, covered), with_commas(count.instructions, instructions),
                explore->set.driver_names[driver].name,
                count.instructions == 0 ? 100
                                        : (unsigned)(count.covered * 100 / count.instructions));
        for (size_t index = 0; index < gaps->count && index < SHOWN_GAPS; index++) {
            fprintf(file, "%s%s", index == 0 ? "; never reached: " : ", ", gaps->texts[index]);
        }
        if (gaps->count > SHOWN_GAPS) {
            fprintf(file, ", and %zu more", gaps->count - SHOWN_GAPS);
        }
        fputc('\n', file);
    }
}

/* write_strategy: PCT's guarantee, for each machine. */
static void write_strategy(const struct explore *explore, FILE *file)
{
    for (size_t shape = 0; shape < explore->options.shape_count; shape++) {
        struct strategy strategy = strategy_on(explore, shape);
        char *machine = explore_shape_text(&explore->options.shapes[shape]);
        unsigned processors = explore_shape_processors(&explore->options.shapes[shape]);
        double chance = strategy_chance(&strategy, processors);
        char schedules[32];

        fprintf(file,
                "  pct: depth %u, %s, %" PRIu64 " steps: a bug of depth %u shows with probability "
                ">= 1/(%u*%" PRIu64 "^%u) = %.1e per schedule; over %s schedules >= %.2g %%\n",
                strategy.depth, machine, strategy.steps, strategy.depth, processors, strategy.steps,
                strategy.depth - 1, chance, with_commas(schedules_on(explore, shape), schedules),
                100 * strategy_chance_of_any(chance, schedules_on(explore, shape)));
        free(machine);
    }
}

static void write_head(const struct explore *explore, FILE *file)
{
    const struct explore_options *options = &explore->options;
    double seconds = (double)(monotonic_ms() - explore->started) / 1000;
    char done[32], asked[32], rate[32];

    fprintf(file, "%s schedule%s of ", with_commas(explore->done, done),
            explore->done == 1 ? "" : "s");
    for (size_t index = 0; index < explore->set.driver_count; index++) {
        fprintf(file, "%s%s", index == 0 ? "" : ", ", explore->set.driver_names[index].name);
    }
    fprintf(file, " in %.1f s (%s/s), %s, from seed %" PRIu64 "\n", seconds,
            with_commas(seconds > 0 ? (uint64_t)((double)explore->done / seconds) : 0, rate),
            options->run.strategy.kind == SIM_PCT ? "pct" : "random", options->run.seed);
    if (explore->end == EXPLORE_TIME) {
        fprintf(file, "  %s were asked for; --seconds %u ended it\n",
                with_commas(options->schedules, asked), options->seconds);
    } else if (explore->end == EXPLORE_INTERRUPTED) {
        fprintf(file, "  %s were asked for; it was interrupted\n",
                with_commas(options->schedules, asked));
    } else if (explore->end == EXPLORE_FOUND) {
        fprintf(file, "  %s were asked for; --on-violation stop ended it\n",
                with_commas(options->schedules, asked));
    }
    fputs(options->shape_count > 1 ? "  in turn on " : "  on ", file);
    for (size_t shape = 0; shape < options->shape_count; shape++) {
        char *text = explore_shape_text(&options->shapes[shape]);

        fprintf(file, "%s%s", shape == 0 ? "" : "; ", text);
        free(text);
    }
    fputc('\n', file);
}

static void write_text(const struct view *view, const struct report *report, FILE *file)
{
    const struct explore *explore = view->explore;
    char suspicious[32];

    for (size_t index = 0; index < view->count; index++) {
        if (view->bugs[index].finding != NULL) {
            write_bug(report, &view->bugs[index], explore, file);
        }
    }
    if (view->count != 0) {
        fputc('\n', file);
    }
    write_head(explore, file);
    if (explore->options.run.strategy.kind == SIM_PCT) {
        write_strategy(explore, file);
    }
    write_coverage(view, file);
    if (view->count != 0) {
        fprintf(file, "\n%s%zu finding%s%s, in %s schedule%s.\n", report_red(report), view->count,
                view->count == 1 ? "" : "s", report_plain(report),
                with_commas(explore->suspicious, suspicious), explore->suspicious == 1 ? "" : "s");
    } else if (explore->end != EXPLORE_FAILED) {
        fprintf(file, "\n%sNothing found%s.\n", report_green(report), report_plain(report));
    }
}

/* JSON ------------------------------------------------------------------------------- */

static void json_shapes(struct json *json, const struct explore *explore)
{
    const struct explore_options *options = &explore->options;

    json_open_array(json, "shapes", false);
    for (size_t shape = 0; shape < options->shape_count; shape++) {
        json_open_object(json, NULL, true);
        json_number(json, "processors", options->shapes[shape].processors);
        json_number(json, "hot_add", options->shapes[shape].hot_add);
        json_number(json, "group_size", options->shapes[shape].group_size);
        if (options->run.strategy.kind == SIM_PCT) {
            struct strategy strategy = strategy_on(explore, shape);
            double chance =
                strategy_chance(&strategy, explore_shape_processors(&options->shapes[shape]));

            json_number(json, "steps", (int64_t)strategy.steps);
            json_precise(json, "probability", chance);
        }
        json_close_object(json);
    }
    json_close_array(json);
}

static void json_strategy(struct json *json, const struct explore *explore)
{
    const struct strategy *strategy = &explore->options.run.strategy;

    json_open_object(json, "strategy", true);
    json_text(json, "name", strategy->kind == SIM_PCT ? "pct" : "random");
    if (strategy->kind == SIM_PCT) {
        json_number(json, "depth", strategy->depth);
    }
    json_close_object(json);
}

static void json_findings(struct json *json, const struct view *view)
{
    const struct explore *explore = view->explore;

    json_open_array(json, "findings", false);
    for (size_t index = 0; index < view->count; index++) {
        const struct shown_bug *shown = &view->bugs[index];

        if (shown->finding == NULL) {
            continue;
        }
        json_open_object(json, NULL, false);
        report_json_finding(json, shown->finding);
        json_number(json, "schedule", (int64_t)shown->bug->first);
        json_number(json, "seed", (int64_t)explore_seed(explore, shown->bug->first));
        json_number(json, "shape", (int64_t)explore_shape_of(explore, shown->bug->first));
        json_number(json, "count", (int64_t)shown->bug->count);
        json_text(json, "replay", shown->replay);
        json_close_object(json);
    }
    json_close_array(json);
}

static void json_coverage(struct json *json, const struct view *view)
{
    const struct explore *explore = view->explore;

    if (!view->covered) {
        json_null(json, "coverage");
        return;
    }
    json_open_array(json, "coverage", false);
    for (size_t driver = 0; driver < explore->set.driver_count; driver++) {
        struct coverage_count count =
            coverage_count(&explore->coverage, driver, explore->shared->covered);

        json_open_object(json, NULL, false);
        json_text(json, "file", explore->set.driver_names[driver].path);
        json_number(json, "instructions", (int64_t)count.instructions);
        json_number(json, "covered", (int64_t)count.covered);
        json_open_array(json, "never_reached", false);
        for (size_t index = 0; index < view->gaps[driver].count; index++) {
            json_text(json, NULL, view->gaps[driver].texts[index]);
        }
        json_close_array(json);
        json_close_object(json);
    }
    json_close_array(json);
}

static void write_json(const struct view *view, FILE *file)
{
    static const char *const ends[] = { [EXPLORE_DONE] = "schedules",
                                        [EXPLORE_TIME] = "seconds",
                                        [EXPLORE_FOUND] = "finding",
                                        [EXPLORE_INTERRUPTED] = "interrupted",
                                        [EXPLORE_FAILED] = "failure" };
    const struct explore *explore = view->explore;
    struct json json;

    json_begin(&json, file);
    json_open_object(&json, NULL, false);
    json_number(&json, "schema", 1);
    json_text(&json, "machine", "sim");
    json_text(&json, "command", "explore");
    json_open_array(&json, "drivers", false);
    for (size_t index = 0; index < explore->set.driver_count; index++) {
        json_text(&json, NULL, explore->set.driver_names[index].path);
    }
    json_close_array(&json);
    json_shapes(&json, explore);
    json_strategy(&json, explore);
    json_number(&json, "seed", (int64_t)explore->options.run.seed);
    json_number(&json, "schedules", (int64_t)explore->done);
    json_text(&json, "ended_by", ends[explore->end]);
    json_findings(&json, view);
    json_number(&json, "schedules_with_findings", (int64_t)explore->suspicious);
    json_coverage(&json, view);
    json_text(&json, "failure", explore->message);
    json_close_object(&json);
    json_end(&json);
}

int explore_report(struct explore *explore, FILE *text, FILE *json)
{
    struct view view = { .explore = explore };
    struct report report = { .machine = "sim",
                             .color = isatty(STDOUT_FILENO) && getenv("NO_COLOR") == NULL };
    bool found;

    show_again(&view);
    find_gaps(&view);
    if (text != NULL) {
        write_text(&view, &report, text);
        fflush(text);
    }
    if (json != NULL) {
        write_json(&view, json);
    }
    found = view.count != 0;
    close_view(&view);
    return explore->end == EXPLORE_FAILED ? explore->failure_status
           : found                        ? EXIT_FINDING
                                          : EXIT_CLEAN;
}

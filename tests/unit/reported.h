/* SPDX-License-Identifier: MIT */
/*
 * reported.h: for tests: what the command says of a run, from the bytes of its report channel.
 *
 * Whoever includes this includes cmocka.h and what that needs before.
 */
#pragma once

#include <stdio.h>
#include <stdlib.h>

#include "channel.h"
#include "tool/report.h"

struct reported {
    char *text, *json;
    int status;
    char *failure;
};

/* reported_parse: parse a channel.  => the parser's reason, NULL = all is well */
static inline const char *reported_parse(const struct buffer *channel, struct run_model *model)
{
    static struct records_parser parser;

    run_model_begin(model, 1, true, NULL);
    records_begin(&parser);
    records_feed(&parser, channel->text, channel->length, run_model_take, model);
    run_model_finish(model);
    return parser.reason;
}

/*
 * reported_run: judge a run of one driver and write what is said of it.
 *
 * => report: all but its outcome.
 */
static inline struct reported reported_run(const struct buffer *channel,
                                           struct machine_result *result,
                                           const struct driver_name *driver, struct report report)
{
    struct run_model model;
    struct symbols *symbols = symbols_create();
    struct outcome outcome = { .model = &model,
                               .result = result,
                               .symbols = symbols,
                               .drivers = driver,
                               .timeout = 60,
                               .watchdog = 10 };
    struct reported reported = { 0 };
    size_t size;
    FILE *file;

    report.outcome = &outcome;
    assert_null(reported_parse(channel, &model));
    outcome_judge(&outcome);
    file = open_memstream(&reported.text, &size);
    report_text(&report, file);
    fclose(file);
    file = open_memstream(&reported.json, &size);
    report_json(&report, file);
    fclose(file);
    reported.status = outcome.exit_status;
    reported.failure = outcome.failure != NULL ? xstrdup(outcome.failure) : NULL;
    outcome_free(&outcome);
    symbols_free(symbols);
    run_model_free(&model);
    return reported;
}

static inline void reported_free(struct reported *reported)
{
    free(reported->text);
    free(reported->json);
    free(reported->failure);
}

/* SPDX-License-Identifier: MIT */
/*
 * report.h: the report of a run, as text for people and as JSON for programs.
 */
#pragma once

#include <stdio.h>

#include "json.h"
#include "outcome.h"
#include "requests.h"

struct report {
    const char *machine; /* "qemu" */
    uint32_t processors; /* as asked for */
    uint64_t seed;
    const char *replay; /* the command that does it again */
    bool color;
    const struct requests *requests; /* that were asked for, or NULL */
    struct outcome *outcome;
};

/*
 * report_json: write the object of design's `--json`, and a newline.
 */
void report_json(const struct report *report, FILE *file);

/*
 * report_text: write the calls, then the outcome.
 * => what DbgPrint printed has been written before
 */
void report_text(const struct report *report, FILE *file);

/*
 * report_finding: write one finding.
 */
void report_finding(const struct report *report, const struct finding *finding, FILE *file);

/*
 * report_json_finding: write a finding's members into the object that is open.
 */
void report_json_finding(struct json *json, const struct finding *finding);

/*
 * report_crash: the page about a bug check, part of the text.
 */
void report_crash(const struct report *report, FILE *file);

/*
 * report_requests, report_json_requests: the requests and what came out of them, if any were asked for.
 */
void report_requests(const struct report *report, FILE *file);
void report_json_requests(const struct report *report, struct json *json);

/* Escape sequences, empty without color. */
const char *report_bold(const struct report *report);
const char *report_red(const struct report *report);
const char *report_green(const struct report *report);
const char *report_plain(const struct report *report);

/*
 * report_time: a time for people: "850 ns", "12.3 us", "4.57 ms".
 */
const char *report_time(int64_t ns, char buffer[32]);

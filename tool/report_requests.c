/* SPDX-License-Identifier: MIT */
/*
 * report_requests.c: what came out of the requests of the command line, as text and as JSON.
 */
#include "report.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bugchecks.h"

#define LINE_BYTES 32u /* of output, in the text */

/* answer_to: what is known of a request, or NULL: it was not sent, or has not ended. */
static const struct run_request *answer_to(const struct report *report, size_t index)
{
    const struct run_model *model = report->outcome->model;

    return index < model->request_count ? &model->requests[index] : NULL;
}

/* describe: "ioctl 0x00222000, 4 bytes"; the caller frees. */
static char *describe(const struct request *request)
{
    char *code = request->kind == REQUEST_IOCTL ? xasprintf(" 0x%08X", request->code) : xstrdup("");
    char *text = request->length != 0 || request->kind != REQUEST_IOCTL
                     ? xasprintf("%s%s, %u byte%s", request_name(request), code, request->length,
                                 request->length == 1 ? "" : "s")
                     : xasprintf("%s%s", request_name(request), code);

    free(code);
    return text;
}

/* spaced_hex: "01 02 03"; the caller frees. */
static char *spaced_hex(const uint8_t *bytes, size_t length)
{
    struct buffer text = { 0 };

    for (size_t index = 0; index < length; index++) {
        buffer_print(&text, "%s%02X", index == 0 ? "" : " ", bytes[index]);
    }
    return text.text != NULL ? text.text : xstrdup("");
}

/* write_output: the bytes behind the status; what does not fit into the line below its begin. */
static void write_output(const struct run_request *answer, int indent, FILE *file)
{
    for (size_t done = 0; done < answer->output_length; done += LINE_BYTES) {
        size_t left = answer->output_length - done;
        char *hex = spaced_hex(answer->output + done, left < LINE_BYTES ? left : LINE_BYTES);

        if (done == 0) {
            fprintf(file, " %s", hex);
        } else {
            fprintf(file, "\n%*s%s", indent, "", hex);
        }
        free(hex);
    }
}

static void write_answer(const struct run_request *answer, int width, FILE *file)
{
    const char *name;

    if (answer == NULL) {
        fprintf(file, "  %11s  not ended\n", "-");
        return;
    }
    name = answer->record.Status != 0 ? status_name(answer->record.Status) : NULL;
    fprintf(file, "  %11" PRIu64 "  0x%08X", answer->record.Information, answer->record.Status);
    write_output(answer, width + 28, file);
    fprintf(file, "%s%s\n", name != NULL ? "  " : "", name != NULL ? name : "");
}

void report_requests(const struct report *report, FILE *file)
{
    const struct run_model *model = report->outcome->model;
    const struct requests *requests = report->requests;
    char **texts;
    int width = 7;

    if (requests == NULL || requests->count == 0 || model->device == NULL ||
        (int32_t)model->opened.Status < 0) {
        return; /* a note or an error says why */
    }
    texts = xcalloc(requests->count, sizeof(*texts));
    for (size_t index = 0; index < requests->count; index++) {
        texts[index] = describe(&requests->list[index]);
        width = (int)strlen(texts[index]) > width ? (int)strlen(texts[index]) : width;
    }
    fprintf(file, "\n%sRequests to %s%s\n", report_bold(report), model->device,
            report_plain(report));
    fprintf(file, "  %-*s  information  status, output\n", width, "request");
    for (size_t index = 0; index < requests->count; index++) {
        fprintf(file, "  %-*s", width, texts[index]);
        write_answer(answer_to(report, index), width, file);
        free(texts[index]);
    }
    free(texts);
}

static void json_request(const struct request *request, const struct run_request *answer,
                         struct json *json)
{
    json_open_object(json, NULL, false);
    json_text(json, "request", request_name(request));
    if (request->kind == REQUEST_IOCTL) {
        json_hex(json, "code", request->code, 8);
    } else {
        json_null(json, "code");
    }
    json_text(json, "input", request->hex != NULL ? request->hex : "");
    if (answer != NULL) {
        char *output = spaced_hex(answer->output, answer->output_length);

        json_hex(json, "status", answer->record.Status, 8);
        json_number(json, "information",
                    answer->record.Information < INT64_MAX ? (int64_t)answer->record.Information
                                                           : INT64_MAX);
        json_text(json, "output", output);
        free(output);
    } else {
        json_null(json, "status");
        json_null(json, "information");
        json_null(json, "output");
    }
    json_close_object(json);
}

void report_json_requests(const struct report *report, struct json *json)
{
    const struct run_model *model = report->outcome->model;

    if (report->requests == NULL || report->requests->count == 0) {
        return;
    }
    if (model->device != NULL) {
        json_open_object(json, "device", true);
        json_text(json, "name", model->device);
        json_hex(json, "status", model->opened.Status, 8);
        json_close_object(json);
    } else {
        json_null(json, "device");
    }
    json_open_array(json, "requests", false);
    for (size_t index = 0; index < report->requests->count; index++) {
        json_request(&report->requests->list[index], answer_to(report, index), json);
    }
    json_close_array(json);
}

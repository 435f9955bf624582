/* SPDX-License-Identifier: MIT */
/*
 * report_finding.c: one finding for people.
 *
 * A race is shown as what its two processors did, each in a column of its own,
 * from top to bottom in the order in which it happened; a run that does not go
 * on as a list of who waits for whom.
 */
#include <string.h>

#include "bugchecks.h"
#include "report.h"

#define WIDTH       100
#define COLUMN      46 /* characters of one side of a race */
#define SHOWN_WAITS 16u

/* A text that is written in lines. */
struct lines {
    const char *next;
};

/*
 * next_line: cut the next line of at most `width` characters off, at a space if there is one.
 * => its length, 0: nothing is left; *line is where it begins
 */
static int next_line(struct lines *lines, int width, const char **line)
{
    size_t length = strlen(lines->next);

    *line = lines->next;
    if (length > (size_t)width) {
        length = (size_t)width;
        while (length > (size_t)width / 3 && lines->next[length] != ' ') {
            length--;
        }
        if (lines->next[length] != ' ') {
            length = (size_t)width;
        }
    }
    lines->next += length;
    lines->next += strspn(lines->next, " ");
    return (int)length;
}

/* write_wrapped: write `text` after `column` characters of its first line, going on at `indent`. */
static void write_wrapped(const char *text, int column, int indent, FILE *file)
{
    struct lines lines = { text };
    const char *line;
    int length = next_line(&lines, WIDTH - column, &line);

    fprintf(file, "%.*s\n", length, line);
    while ((length = next_line(&lines, WIDTH - indent, &line)) != 0) {
        fprintf(file, "%*s%.*s\n", indent, "", length, line);
    }
}

/* write_cell: one line of a step on its side of the two columns. */
static void write_cell(const struct report *report, const char *text, int length, bool right,
                       bool marked, FILE *file)
{
    const char *begin = marked ? report_red(report) : "", *end = marked ? report_plain(report) : "";

    if (right) {
        fprintf(file, "  %*s | %s%.*s%s\n", COLUMN, "", begin, length, text, end);
    } else {
        fprintf(file, "  %s%.*s%s%*s |\n", begin, length, text, end, COLUMN - length, "");
    }
}

static void write_step(const struct report *report, const struct finding_step *step, uint32_t irql,
                       bool right, FILE *file)
{
    struct buffer text = { 0 };
    struct lines lines;
    const char *line;
    bool first = true;
    int length;

    buffer_print(&text, "%s %s", step->location, step->text);
    if (step->irql != irql) {
        buffer_print(&text, " at IRQL %u", step->irql);
    }
    if (step->repeat > 1) {
        buffer_print(&text, ", %u times", step->repeat);
    }
    if (step->unordered) {
        buffer_print(&text, "  <--");
    }
    lines.next = text.text;
    while ((length = next_line(&lines, first ? COLUMN : COLUMN - 4, &line)) != 0) {
        char indented[COLUMN + 1];

        snprintf(indented, sizeof(indented), "%s%.*s", first ? "" : "    ", length, line);
        write_cell(report, indented, (int)strlen(indented), right, step->unordered, file);
        first = false;
    }
    buffer_free(&text);
}

/* write_history: the two sides of a race, the earlier access's on the left. */
static void write_history(const struct report *report, const struct finding *finding, FILE *file)
{
    const struct finding *left = finding->other, *right = finding;
    char titles[2][64];

    if (finding->history_count == 0 || left == NULL) {
        return;
    }
    for (int side = 0; side < 2; side++) {
        const struct finding *who = side == 0 ? left : right;

        snprintf(titles[side], sizeof(titles[side]), "processor %u, IRQL %u (%s)", who->processor,
                 who->irql, irql_name(who->irql));
    }
    fprintf(file, "\n  %s%-*s%s | %s%s%s\n", report_bold(report), COLUMN, titles[0],
            report_plain(report), report_bold(report), titles[1], report_plain(report));
    for (size_t index = 0; index < finding->history_count; index++) {
        const struct finding_step *step = &finding->history[index];
        bool on_right = step->processor == right->processor;

        write_step(report, step, on_right ? right->irql : left->irql, on_right, file);
    }
    fprintf(file, "  <-- nothing orders these two: no lock, no interlocked operation, no call\n");
}

static void write_waits(const struct finding *finding, FILE *file)
{
    if (finding->wait_count == 0) {
        return;
    }
    fputs("\n  who waits for whom:\n", file);
    for (size_t index = 0; index < finding->wait_count && index < SHOWN_WAITS; index++) {
        fputs("    ", file);
        write_wrapped(finding->waits[index].text, 4, 8, file);
    }
    if (finding->wait_count > SHOWN_WAITS) {
        fprintf(file, "    and %zu more\n", finding->wait_count - SHOWN_WAITS);
    }
}

/* write_other: where the second side of anything but a race was. */
static void write_other(const struct finding *finding, FILE *file)
{
    const struct finding *other = finding->other;

    if (other != NULL && finding->history_count == 0) {
        fprintf(file, "  %s, IRQL %u (%s)\n", other->message, other->irql, irql_name(other->irql));
    }
}

void report_finding(const struct report *report, const struct finding *finding, FILE *file)
{
    fprintf(file, "\n%sFinding %s%s  %s\n", report_red(report), finding->rule, report_plain(report),
            finding->message);
    if (finding->routine != NULL) {
        fprintf(file, "  in %s%s%s", finding->routine, finding->location != NULL ? "  " : "",
                finding->location != NULL ? finding->location : "");
        if (finding->has_processor) {
            fprintf(file, ", processor %u", finding->processor);
        }
        if (finding->has_irql) {
            fprintf(file, ", IRQL %u (%s)", finding->irql, irql_name(finding->irql));
        }
        fputc('\n', file);
    }
    for (size_t index = 0; index < finding->stack_count; index++) {
        fprintf(file, "  %2zu  %s\n", index, finding->stack[index]);
    }
    write_other(finding, file);
    write_history(report, finding, file);
    write_waits(finding, file);
}

/* SPDX-License-Identifier: MIT */
/*
 * report_crash.c: the page about a bug check: what it is called and means,
 * what its parameters mean here, the call that was under way, and what each
 * processor was doing.
 */
#include <inttypes.h>
#include <string.h>

#include "bugchecks.h"
#include "report.h"

#define SHOWN_PROCESSORS 64u

/* Information 0 of an access violation. */
static const char access_kind[] = "0 = read, 1 = write, 8 = execute";

/*
 * describe_value: what a parameter is, if that can be seen: a status, an exception, a place.
 * => false if nothing is known
 */
static bool describe_value(const struct outcome *outcome, const RECORD_BUG_CHECK *crash, int index,
                           char *text, size_t size)
{
    uint64_t value = crash->Parameters[index];
    const char *known = NULL;
    struct place place;

    if (run_find_image(outcome->model, value) != NULL) {
        symbols_place(outcome->symbols, outcome->model, value, false, &place);
        snprintf(text, size, "%s %s", place_short(&place), place.location);
        return true;
    }
    if (crash->Code == 0x7F && index == 0) {
        known = trap_name(value);
    } else if (((crash->Code == 0x1E || crash->Code == 0x3B || crash->Code == 0x7E) &&
                index == 0) ||
               (crash->Code == 0x31 && index == 1)) {
        known = status_name((uint32_t)value);
    } else if ((crash->Code == 0x0A || crash->Code == 0xD1 || crash->Code == 0xC4) && index == 1) {
        known = irql_name(value > 255 ? 255 : (uint32_t)value);
    } else if (crash->Code == 0xC4 && index == 0 && verifier_subcode(value) != NULL) {
        known = verifier_subcode(value)->name;
    }
    snprintf(text, size, "%s", known != NULL ? known : "");
    return known != NULL;
}

static void write_parameters(const struct outcome *outcome, FILE *file)
{
    const RECORD_BUG_CHECK *crash = &outcome->model->bug_check;
    const struct bug_check *entry = bug_check_find(crash->Code);
    const struct bug_check *subcode =
        crash->Code == 0xC4 ? verifier_subcode(crash->Parameters[0]) : NULL;

    for (int index = 0; index < 4; index++) {
        const char *meaning = entry != NULL ? entry->parameters[index] : "";
        char value[800];

        if (subcode != NULL && subcode->parameters[index] != NULL) {
            meaning = subcode->parameters[index];
        } else if (crash->Code == 0x1E && crash->Parameters[0] == 0xC0000005 && index >= 2) {
            meaning = index == 2 ? access_kind : "address used (all ones: not canonical)";
        }
        if (meaning == NULL && crash->Parameters[index] == 0) {
            continue;
        }
        fprintf(file, "  %d  0x%016" PRIX64 "  %s", index + 1, crash->Parameters[index],
                meaning != NULL ? meaning : "");
        if (describe_value(outcome, crash, index, value, sizeof(value))) {
            fprintf(file, "%s%s", meaning != NULL && meaning[0] != '\0' ? ": " : "", value);
        }
        fputc('\n', file);
    }
}

static void write_call(const struct outcome *outcome, FILE *file)
{
    const RECORD_BUG_CHECK *crash = &outcome->model->bug_check;
    struct place place;

    if (!crash->CallPending) {
        return;
    }
    symbols_place(outcome->symbols, outcome->model, crash->CallRoutine, false, &place);
    fprintf(file, "  during call %" PRIu64 " of %s", crash->CallId, place_short(&place));
    if (place.location[0] != '\0') {
        fprintf(file, " (%s)", place.location);
    }
    fprintf(file, ", context 0x%" PRIX64 ", by processor %" PRIu64 "\n", crash->CallContext,
            crash->CallInitiator);
}

static void write_processor(const struct outcome *outcome, const struct run_processor *processor,
                            FILE *file)
{
    const RECORD_PROCESSOR *record = &processor->record;
    bool stopped = (record->Flags & RECORD_PROCESSOR_STOPPED) != 0;
    struct place place = { 0 };

    if (record->Rip != 0) {
        symbols_place(outcome->symbols, outcome->model, record->Rip, false, &place);
    }
    fprintf(file, "  %c%3u  %4u  %-10s  %-20s  %s%s%s%s\n",
            record->Index == outcome->model->bug_check.Processor ? '*' : ' ', record->Index,
            record->Irql,
            !stopped                                             ? "?"
            : (record->Flags & RECORD_PROCESSOR_INTERRUPTS) != 0 ? "on"
                                                                 : "off",
            phase_text(record->Phase), record->Rip != 0 ? place_short(&place) : "?",
            place.location[0] != '\0' ? "  " : "", place.location,
            (record->Flags & RECORD_PROCESSOR_NO_TICKS) != 0 ? "  (takes no ticks)" : "");
}

static void write_processors(const struct report *report, FILE *file)
{
    const struct run_model *model = report->outcome->model;

    if (model->processor_count == 0) {
        return;
    }
    fprintf(file, "\n  %4s  %4s  %-10s  %-20s  %s\n", "cpu", "irql", "interrupts", "call", "where");
    for (size_t index = 0; index < model->processor_count && index < SHOWN_PROCESSORS; index++) {
        write_processor(report->outcome, &model->processors[index], file);
    }
    if (model->processor_count > SHOWN_PROCESSORS) {
        fprintf(file, "  and %zu more\n", model->processor_count - SHOWN_PROCESSORS);
    }
}

/* write_registers: those of the processor that the finding is about. */
static void write_registers(const struct outcome *outcome, FILE *file)
{
    static const char *const names[] = { "rax", "rcx", "rdx", "rbx", "rsp", "rbp", "rsi", "rdi",
                                         "r8",  "r9",  "r10", "r11", "r12", "r13", "r14", "r15" };
    uint32_t index_shown = outcome->finding_count != 0 && outcome->findings[0].has_processor
                               ? outcome->findings[0].processor
                               : outcome->model->bug_check.Processor;
    const struct run_processor *processor = run_find_processor(outcome->model, index_shown);

    if (processor == NULL || (processor->record.Flags & RECORD_PROCESSOR_STOPPED) == 0) {
        return;
    }
    fprintf(file,
            "\n  rip %016" PRIX64 "  rsp %016" PRIX64 "  rflags %08" PRIX64 "  (processor %u)",
            processor->record.Rip, processor->record.Rsp, processor->record.Rflags,
            processor->record.Index);
    for (int index = 0; index < 16; index++) {
        fprintf(file, "%s%3s %016" PRIX64, index % 4 == 0 ? "\n  " : "  ", names[index],
                processor->record.Registers[index]);
    }
    fputc('\n', file);
}

void report_crash(const struct report *report, FILE *file)
{
    const struct run_model *model = report->outcome->model;
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    const struct bug_check *entry = bug_check_find(crash->Code);
    struct place place;
    char name[16];

    fprintf(file, "\n%sBug check 0x%X %s%s\n", report_red(report), crash->Code,
            bug_check_name(crash->Code, name), report_plain(report));
    fprintf(file, "  %s\n",
            entry != NULL ? entry->meaning : "this code is not one of Windows' own");
    if (model->bug_check_text != NULL && model->bug_check_text[0] != '\0') {
        fprintf(file, "  %s\n", model->bug_check_text);
    }
    symbols_place(report->outcome->symbols, model, crash->Address, false, &place);
    fprintf(file, "  at %s%s%s, processor %u, IRQL %u (%s)\n", place_short(&place),
            place.location[0] != '\0' ? "  " : "", place.location, crash->Processor, crash->Irql,
            irql_name(crash->Irql));
    write_call(report->outcome, file);
    write_parameters(report->outcome, file);
    write_processors(report, file);
    write_registers(report->outcome, file);
}

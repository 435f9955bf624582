/* SPDX-License-Identifier: MIT */
/*
 * outcome_crash.c: the findings of bug checks and of the verifier.
 */
#include "outcome_wait.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "bugchecks.h"

#define CLOCK_WATCHDOG_TIMEOUT 0x101u
#define IPI_WATCHDOG_TIMEOUT   0x1DBu
#define VERIFIER_VIOLATION     0xC4u
#define WRONG_IRQL_SUBCODE     0xE5u
#define IRQL_NOT_LESS_OR_EQUAL 0x0Au
#define KMODE_EXCEPTION        0x1Eu
#define KERNEL_MODE_TRAP       0x7Fu

const char *phase_text(uint32_t phase)
{
    static const char *const texts[] = {
        [RecordPhaseNone] = "not concerned",
        [RecordPhaseNotArrived] = "has not arrived",
        [RecordPhaseArrived] = "waits for the others",
        [RecordPhaseInRoutine] = "in the routine",
        [RecordPhaseFinished] = "finished",
        [RecordPhaseQueued] = "waits to call",
    };

    return phase < sizeof(texts) / sizeof(texts[0]) ? texts[phase] : "unknown";
}

size_t outcome_frames(const struct run_model *model, const struct run_processor *processor,
                      uint64_t *frames, size_t room)
{
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    uint64_t first = processor->record.Rip;
    uint32_t from = 0;
    size_t count = 0;

    if (model->bug_check_seen && processor->record.Index == crash->Processor &&
        crash->Address != 0) {
        first = crash->Address;
    }
    for (uint32_t index = 0; index < processor->frames; index++) {
        if (processor->stack[index] == first) {
            from = index + 1;
            break;
        }
    }
    if (first != 0 && room != 0) {
        frames[count++] = first;
    }
    for (uint32_t index = from; index < processor->frames && count < room; index++) {
        frames[count++] = processor->stack[index];
    }
    return count;
}

static bool is_generic_call(struct outcome *outcome, uint64_t address)
{
    static const char name[] = "ntoskrnl.exe!KeIpiGenericCall+";
    struct place place;

    symbols_place(outcome->symbols, outcome->model, address, false, &place);
    return strncmp(place.name, name, sizeof(name) - 1) == 0;
}

/* clause_of: the contract's clause that a bug check stands for, or NULL. */
static const char *clause_of(struct outcome *outcome, const RECORD_BUG_CHECK *crash)
{
    if (crash->Code == IPI_WATCHDOG_TIMEOUT || crash->Code == CLOCK_WATCHDOG_TIMEOUT) {
        return "C18";
    }
    if (crash->Code == IRQL_NOT_LESS_OR_EQUAL && is_generic_call(outcome, crash->Parameters[0])) {
        return "C2";
    }
    if (crash->Code == VERIFIER_VIOLATION && crash->Parameters[0] == WRONG_IRQL_SUBCODE &&
        is_generic_call(outcome, crash->Parameters[2])) {
        return "C2";
    }
    return NULL;
}

/* is_stuck: does a stopped processor keep the pending call from ending? */
static bool is_stuck(const struct run_model *model, const struct run_processor *processor)
{
    if (!model->bug_check.CallPending) {
        return (processor->record.Flags & RECORD_PROCESSOR_NO_TICKS) != 0 ||
               (model->bug_check.Code == CLOCK_WATCHDOG_TIMEOUT &&
                processor->record.Index == model->bug_check.Parameters[3]);
    }
    return processor->record.Phase == RecordPhaseNotArrived ||
           processor->record.Phase == RecordPhaseInRoutine;
}

/* describe_stuck: " processor 2 has not arrived, at ... with interrupts off" for one of them. */
static void describe_stuck(struct outcome *outcome, const struct run_processor *processor,
                           struct buffer *text)
{
    const RECORD_PROCESSOR *record = &processor->record;
    char *wait = outcome_wait_text(outcome, record->Index);
    char *place;

    if (wait != NULL) {
        buffer_print(text, "%s, IRQL %u", wait, record->Irql);
        free(wait);
        return;
    }
    place = outcome_place_text(outcome, record->Rip);
    buffer_print(text, "processor %u %s%s", record->Index,
                 record->Phase == RecordPhaseInRoutine ? "is " : "",
                 record->Phase == RecordPhaseNone ? "takes no interrupts"
                                                  : phase_text(record->Phase));
    if (record->Rip != 0) {
        buffer_print(text, ", at %s, IRQL %u", place, record->Irql);
        if ((record->Flags & RECORD_PROCESSOR_STOPPED) != 0 &&
            (record->Flags & RECORD_PROCESSOR_INTERRUPTS) == 0) {
            buffer_print(text, ", interrupts off");
        }
    }
    free(place);
}

/* describe_watchdog: the message of C18; *first is the stuck processor that it begins with. */
static char *describe_watchdog(struct outcome *outcome, const struct run_processor **first)
{
    const struct run_model *model = outcome->model;
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    char *routine = outcome_place_text(outcome, crash->CallRoutine);
    struct buffer text = { 0 };
    unsigned shown = 0, more = 0;

    if (crash->CallPending) {
        buffer_print(&text, "the call of %s by processor %" PRIu64 " did not end within %u s",
                     routine, crash->CallInitiator, outcome->watchdog);
    } else {
        buffer_print(&text, "a processor has taken no interrupts for %u s", outcome->watchdog);
    }
    for (size_t index = 0; index < model->processor_count; index++) {
        const struct run_processor *processor = &model->processors[index];

        if (is_stuck(model, processor)) {
            *first = *first == NULL ? processor : *first;
            if (shown++ < 4) {
                buffer_print(&text, shown == 1 ? ": " : "; ");
                describe_stuck(outcome, processor, &text);
            } else {
                more++;
            }
        }
    }
    if (more != 0) {
        buffer_print(&text, "; and %u more", more);
    }
    free(routine);
    return text.text;
}

/* what_happened: a bug check in words: the kernel's own if it has sent some. */
static const char *what_happened(const struct run_model *model)
{
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    const struct bug_check *entry = bug_check_find(crash->Code);

    if (model->bug_check_text[0] != '\0') {
        return model->bug_check_text;
    }
    if (crash->Code == VERIFIER_VIOLATION && verifier_subcode(crash->Parameters[0]) != NULL) {
        return verifier_subcode(crash->Parameters[0])->name;
    }
    return entry != NULL ? entry->meaning : "a bug check of the driver's own";
}

/* detail_of: the exception or trap that a bug check is about, or NULL. */
static const char *detail_of(const RECORD_BUG_CHECK *crash)
{
    switch (crash->Code) {
    case KMODE_EXCEPTION:
        return status_name((uint32_t)crash->Parameters[0]);
    case KERNEL_MODE_TRAP:
        return trap_name(crash->Parameters[0]);
    default:
        return NULL;
    }
}

/* describe_level: the message of C2. */
static char *describe_level(const RECORD_BUG_CHECK *crash)
{
    char name[16];

    return xasprintf("KeIpiGenericCall was called at IRQL %" PRIu64 " (%s), but its caller must be "
                     "below IPI_LEVEL (bug check 0x%X %s)",
                     crash->Parameters[1], irql_name((uint32_t)crash->Parameters[1]), crash->Code,
                     bug_check_name(crash->Code, name));
}

/* describe_crash: the message of any other bug check. */
static char *describe_crash(const struct run_model *model)
{
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    const char *detail = detail_of(crash);

    return xasprintf("%s%s%s (bug check 0x%X)", what_happened(model), detail != NULL ? ": " : "",
                     detail != NULL ? detail : "", crash->Code);
}

/*
 * describe_lock: the message of a bug check by a processor that waits for a lock which it cannot get:
 * who holds it.
 * => NULL if that is not known
 */
static char *describe_lock(struct outcome *outcome)
{
    const RECORD_BUG_CHECK *crash = &outcome->model->bug_check;
    const struct sim_seen *seen = &outcome->result->seen;
    char *wait, *text;

    if (crash->Processor >= seen->wait_count ||
        seen->waits[crash->Processor].kind != SIM_WAIT_LOCK || !seen->waits[crash->Processor].held) {
        return NULL;
    }
    wait = outcome_wait_text(outcome, crash->Processor);
    text = xasprintf("%s (bug check 0x%X)", wait, crash->Code);
    free(wait);
    return text;
}

/* frames_of_crash: the stack at the bug check. */
static size_t frames_of_crash(const struct run_model *model, uint64_t *frames, size_t room)
{
    const struct run_processor *processor = run_find_processor(model, model->bug_check.Processor);

    if (processor != NULL) {
        return outcome_frames(model, processor, frames, room);
    }
    frames[0] = model->bug_check.Address;
    return frames[0] != 0 ? 1 : 0;
}

static void judge_watchdog(struct outcome *outcome)
{
    const RECORD_BUG_CHECK *crash = &outcome->model->bug_check;
    const struct run_processor *stuck = NULL;
    uint64_t frames[RUN_MAXIMUM_FRAMES + 1];
    char *message = describe_watchdog(outcome, &stuck);
    struct finding *finding = outcome_add_finding(outcome, "C18");
    size_t count;

    finding->message = message;
    if (stuck != NULL) {
        finding_set_processor(finding, stuck->record.Index, stuck->record.Irql);
        count = outcome_frames(outcome->model, stuck, frames, RUN_MAXIMUM_FRAMES + 1);
    } else {
        finding_set_processor(finding, crash->Processor, crash->Irql);
        count = frames_of_crash(outcome->model, frames, RUN_MAXIMUM_FRAMES + 1);
    }
    finding_set_place(outcome, finding, frames, count);
    finding_set_routine(outcome, finding, crash->CallPending ? crash->CallRoutine : 0);
    outcome_set_waits(outcome, finding);
}

/* told_already: did the verifier report just this bug check as a finding? */
static bool told_already(const struct run_model *model)
{
    for (size_t index = 0; index < model->finding_count; index++) {
        const RECORD_FINDING *finding = &model->findings[index].record;

        if (!finding->Note && finding->Processor == model->bug_check.Processor &&
            finding->Address == model->bug_check.Address) {
            return true;
        }
    }
    return false;
}

void outcome_judge_bug_check(struct outcome *outcome)
{
    const struct run_model *model = outcome->model;
    const RECORD_BUG_CHECK *crash = &model->bug_check;
    const char *clause = clause_of(outcome, crash);
    const struct run_processor *processor = run_find_processor(model, crash->Processor);
    uint64_t frames[RUN_MAXIMUM_FRAMES + 1];
    struct finding *finding;
    char name[16];

    if (told_already(model)) {
        return;
    }
    if (clause != NULL && strcmp(clause, "C18") == 0) {
        judge_watchdog(outcome);
        return;
    }
    finding =
        outcome_add_finding(outcome, clause != NULL ? clause : bug_check_name(crash->Code, name));
    finding->message = clause != NULL ? describe_level(crash) : describe_lock(outcome);
    if (finding->message == NULL) {
        finding->message = describe_crash(model);
    }
    finding_set_processor(finding, crash->Processor, crash->Irql);
    finding_set_place(outcome, finding, frames,
                      frames_of_crash(model, frames, RUN_MAXIMUM_FRAMES + 1));
    if (crash->CallPending && processor != NULL &&
        processor->record.Phase == RecordPhaseInRoutine) {
        finding_set_routine(outcome, finding, crash->CallRoutine);
    }
}

void outcome_judge_records(struct outcome *outcome)
{
    const struct run_model *model = outcome->model;

    for (size_t index = 0; index < model->finding_count; index++) {
        const struct run_finding *source = &model->findings[index];
        struct finding *finding;
        uint64_t frames[RUN_MAXIMUM_FRAMES + 1];
        size_t count = 0;
        char rule[9] = { 0 };

        if (source->record.Note) {
            outcome_add_note(outcome, xstrdup(source->text));
            continue;
        }
        memcpy(rule, source->record.Rule, sizeof(source->record.Rule));
        finding = outcome_add_finding(outcome, rule[0] != '\0' ? rule : "VIOLATION");
        finding->message = xstrdup(source->text);
        finding_set_processor(finding, source->record.Processor, source->record.Irql);
        if (source->record.Frames == 0 || source->stack[0] != source->record.Address) {
            frames[count++] = source->record.Address;
        }
        for (uint32_t frame = 0; frame < source->record.Frames && count < RUN_MAXIMUM_FRAMES + 1;
             frame++) {
            frames[count++] = source->stack[frame];
        }
        finding_set_place(outcome, finding, frames, count);
        finding_set_routine(outcome, finding, source->record.Routine);
    }
}

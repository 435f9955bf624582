/* SPDX-License-Identifier: MIT */
/*
 * run_model.c: fill the model of a run from the records, trusting none of them.
 */
#include "run_model.h"

#include <stdlib.h>
#include <string.h>

void run_model_begin(struct run_model *model, size_t drivers, bool keep_debug,
                     const struct run_listener *listener)
{
    memset(model, 0, sizeof(*model));
    model->drivers = xcalloc(drivers, sizeof(*model->drivers));
    model->driver_count = drivers;
    model->keep_debug = keep_debug;
    if (listener != NULL) {
        model->listener = *listener;
    }
}

/* copy_text: what follows the first `fixed` bytes of a record, as a string. */
static char *copy_text(const struct record *record, size_t fixed)
{
    size_t length = record->length - fixed;
    char *text = xmalloc(length + 1);

    memcpy(text, record->payload + fixed, length);
    text[length] = '\0';
    return text;
}

static const char *take_hello(struct run_model *model, const struct record *record)
{
    RECORD_HELLO *hello = &model->hello;

    memcpy(hello, record->payload, sizeof(*hello));
    if (model->hello_seen) {
        return "a second greeting: the machine has started over";
    }
    if (hello->Version != RECORD_VERSION) {
        return "a greeting of another version: kernel and command do not belong together";
    }
    if (hello->Processors == 0 || hello->Processors > RUN_MAXIMUM_PROCESSORS ||
        hello->Groups == 0 || hello->GroupSize == 0 || hello->GroupSize > 64 ||
        hello->Frequency == 0) {
        return "a greeting with impossible numbers";
    }
    model->hello_seen = true;
    return NULL;
}

/*
 * moved_to_end: is it an image that has come back to where it was?  Then it is the latest again.
 * => what lies at an address is the latest image there, see run_find_image
 */
static bool moved_to_end(struct run_model *model, const struct run_image *image)
{
    struct run_image known;
    size_t index = model->image_count;

    while (index > 0 && (memcmp(&model->images[index - 1].record, &image->record,
                                sizeof(image->record)) != 0 ||
                         strcmp(model->images[index - 1].name, image->name) != 0)) {
        index--;
    }
    if (index == 0) {
        return false;
    }
    known = model->images[index - 1];
    memmove(&model->images[index - 1], &model->images[index],
            (model->image_count - index) * sizeof(known));
    model->images[model->image_count - 1] = known;
    return true;
}

static const char *take_image(struct run_model *model, const struct record *record)
{
    struct run_image image;

    memcpy(&image.record, record->payload, sizeof(image.record));
    if (image.record.Size == 0 || image.record.Base + image.record.Size < image.record.Base ||
        image.record.Driver < -1 || image.record.Driver >= (int64_t)model->driver_count) {
        return "an image with impossible numbers";
    }
    image.name = copy_text(record, sizeof(image.record));
    if (moved_to_end(model, &image)) {
        free(image.name);
        return NULL;
    }
    if (model->image_count == RUN_MAXIMUM_IMAGES) {
        return "too many images";
    }
    grow_array(&model->images, model->image_count, &model->image_capacity, sizeof(image));
    model->images[model->image_count++] = image;
    if (model->listener.image != NULL) {
        model->listener.image(model->listener.context, &image);
    }
    return NULL;
}

static void add_missing(struct run_driver *driver, char *name)
{
    grow_array(&driver->missing, driver->missing_count, &driver->missing_capacity,
               sizeof(*driver->missing));
    driver->missing[driver->missing_count++] = name;
}

static const char *take_driver(struct run_model *model, const struct record *record)
{
    struct run_driver *driver;
    RECORD_DRIVER step;

    memcpy(&step, record->payload, sizeof(step));
    if (step.Driver >= model->driver_count || step.Step < RecordDriverLoadFailed ||
        step.Step > RecordDriverStays) {
        return "a driver's step with impossible numbers";
    }
    driver = &model->drivers[step.Driver];
    driver->last_step = step.Step;
    driver->last_place = ++model->step_count;
    switch (step.Step) {
    case RecordDriverLoadFailed:
        if (!driver->returned) {
            driver->status = step.Status;
        }
        free(driver->failure);
        driver->failure = copy_text(record, sizeof(step));
        break;
    case RecordDriverMissing:
        if (!driver->started) {
            add_missing(driver, copy_text(record, sizeof(step)));
        }
        break;
    case RecordDriverStarted:
        driver->started = true;
        model->any_started = true;
        break;
    case RecordDriverReturned:
        if (!driver->returned || (int32_t)driver->status >= 0) {
            driver->status = step.Status; /* the first failure of several DriverEntrys counts */
        }
        driver->returned = true;
        break;
    }
    if (model->listener.step != NULL) {
        model->listener.step(model->listener.context, &step);
    }
    return NULL;
}

static const char *take_debug(struct run_model *model, const struct record *record)
{
    const char *text = (const char *)record->payload + sizeof(RECORD_DEBUG);
    size_t length = record->length - sizeof(RECORD_DEBUG);

    if (model->listener.debug != NULL) {
        model->listener.debug(model->listener.context, text, length);
    }
    if (model->keep_debug) {
        if (model->debug.length + length > RUN_DEBUG_LIMIT) {
            model->debug_cut = true;
        } else if (!model->debug_cut) {
            buffer_add(&model->debug, text, length);
        }
    }
    return NULL;
}

static const char *take_call(struct run_model *model, const struct record *record)
{
    size_t tail = record->length - sizeof(RECORD_CALL);
    struct run_call call;

    memcpy(&call.record, record->payload, sizeof(call.record));
    if (call.record.Count == 0 || tail % sizeof(RECORD_CALL_PROCESSOR) != 0 ||
        call.record.Count != tail / sizeof(RECORD_CALL_PROCESSOR) ||
        call.record.Shift > RECORD_SHIFT_LIMIT || !model->hello_seen) {
        return "a call with impossible numbers";
    }
    if (model->call_count == RUN_MAXIMUM_CALLS) {
        return "too many calls";
    }
    call.processors = xmalloc(tail);
    memcpy(call.processors, record->payload + sizeof(RECORD_CALL), tail);
    grow_array(&model->calls, model->call_count, &model->call_capacity, sizeof(call));
    model->calls[model->call_count++] = call;
    return NULL;
}

static const char *take_bug_check(struct run_model *model, const struct record *record)
{
    if (model->bug_check_seen) {
        return "a second bug check";
    }
    model->bug_check_seen = true;
    memcpy(&model->bug_check, record->payload, sizeof(model->bug_check));
    model->bug_check_text = copy_text(record, sizeof(model->bug_check));
    return NULL;
}

static const char *take_processor(struct run_model *model, const struct record *record)
{
    size_t tail = record->length - sizeof(RECORD_PROCESSOR);
    struct run_processor *processor;

    if (tail % sizeof(uint64_t) != 0 || model->processor_count == RUN_MAXIMUM_PROCESSORS) {
        return "a stopped processor with impossible numbers";
    }
    if (tail > sizeof(processor->stack)) {
        tail = sizeof(processor->stack);
    }
    grow_array(&model->processors, model->processor_count, &model->processor_capacity,
               sizeof(*processor));
    processor = &model->processors[model->processor_count++];
    memcpy(&processor->record, record->payload, sizeof(processor->record));
    memcpy(processor->stack, record->payload + sizeof(RECORD_PROCESSOR), tail);
    processor->frames = (uint32_t)(tail / sizeof(uint64_t));
    return NULL;
}

static const char *take_finding(struct run_model *model, const struct record *record)
{
    struct run_finding finding;
    size_t stack;

    memcpy(&finding.record, record->payload, sizeof(finding.record));
    if (finding.record.Frames > (record->length - sizeof(finding.record)) / sizeof(uint64_t)) {
        return "a finding with impossible numbers";
    }
    if (model->finding_count == RUN_MAXIMUM_FINDINGS) {
        return "too many findings";
    }
    stack = finding.record.Frames * sizeof(uint64_t);
    finding.stack = xmalloc(stack);
    memcpy(finding.stack, record->payload + sizeof(finding.record), stack);
    finding.text = copy_text(record, sizeof(finding.record) + stack);
    grow_array(&model->findings, model->finding_count, &model->finding_capacity, sizeof(finding));
    model->findings[model->finding_count++] = finding;
    return NULL;
}

static const char *take_calls(struct run_model *model, const struct record *record)
{
    memcpy(&model->totals, record->payload, sizeof(model->totals));
    model->totals_seen = true;
    return NULL;
}

static const char *take_heartbeat(struct run_model *model, const struct record *record)
{
    (void)model; /* that it came is all that it says */
    (void)record;
    return NULL;
}

static const char *take_end(struct run_model *model, const struct record *record)
{
    memcpy(&model->end, record->payload, sizeof(model->end));
    model->end_seen = true;
    return NULL;
}

static const char *take_addition(struct run_model *model, const struct record *record)
{
    RECORD_ADDITION addition;

    memcpy(&addition, record->payload, sizeof(addition));
    if (addition.Index >= RUN_MAXIMUM_PROCESSORS ||
        model->addition_count == RUN_MAXIMUM_PROCESSORS) {
        return "an added processor with impossible numbers";
    }
    grow_array(&model->additions, model->addition_count, &model->addition_capacity,
               sizeof(addition));
    model->additions[model->addition_count++] = addition;
    model->added += (int32_t)addition.Status >= 0;
    return NULL;
}

static const char *take_opened(struct run_model *model, const struct record *record)
{
    if (model->device != NULL) {
        return "a device that is opened twice";
    }
    memcpy(&model->opened, record->payload, sizeof(model->opened));
    model->device = copy_text(record, sizeof(model->opened));
    return NULL;
}

static const char *take_request(struct run_model *model, const struct record *record)
{
    struct run_request request;

    memcpy(&request.record, record->payload, sizeof(request.record));
    if (request.record.Index != model->request_count || model->device == NULL ||
        model->request_count == RUN_MAXIMUM_REQUESTS) {
        return "a request out of order";
    }
    request.output_length = record->length - sizeof(request.record);
    request.output = xmalloc(request.output_length + 1);
    memcpy(request.output, record->payload + sizeof(request.record), request.output_length);
    grow_array(&model->requests, model->request_count, &model->request_capacity, sizeof(request));
    model->requests[model->request_count++] = request;
    return NULL;
}

const char *run_model_take(void *context, const struct record *record)
{
    static const struct {
        size_t fixed; /* bytes that the payload has at least .. */
        bool exact;   /* .. or exactly */
        const char *(*take)(struct run_model *, const struct record *);
    } kinds[] = {
        [RecordHello] = { sizeof(RECORD_HELLO), true, take_hello },
        [RecordImage] = { sizeof(RECORD_IMAGE), false, take_image },
        [RecordDriver] = { sizeof(RECORD_DRIVER), false, take_driver },
        [RecordDebug] = { sizeof(RECORD_DEBUG), false, take_debug },
        [RecordCall] = { sizeof(RECORD_CALL), false, take_call },
        [RecordCalls] = { sizeof(RECORD_CALLS), true, take_calls },
        [RecordBugCheck] = { sizeof(RECORD_BUG_CHECK), false, take_bug_check },
        [RecordProcessor] = { sizeof(RECORD_PROCESSOR), false, take_processor },
        [RecordHeartbeat] = { sizeof(RECORD_HEARTBEAT), true, take_heartbeat },
        [RecordFinding] = { sizeof(RECORD_FINDING), false, take_finding },
        [RecordEnd] = { sizeof(RECORD_END), true, take_end },
        [RecordAddition] = { sizeof(RECORD_ADDITION), true, take_addition },
        [RecordOpened] = { sizeof(RECORD_OPENED), false, take_opened },
        [RecordRequest] = { sizeof(RECORD_REQUEST), false, take_request },
    };
    size_t fixed = kinds[record->type].fixed;

    if (record->length < fixed || (kinds[record->type].exact && record->length != fixed)) {
        return "a record of the wrong length";
    }
    return kinds[record->type].take(context, record);
}

static int by_id(const void *left, const void *right)
{
    const struct run_call *a = left, *b = right;

    return (a->record.Id > b->record.Id) - (a->record.Id < b->record.Id);
}

static int by_processor(const void *left, const void *right)
{
    uint32_t a = ((const struct run_processor *)left)->record.Index;
    uint32_t b = ((const struct run_processor *)right)->record.Index;

    return (a > b) - (a < b);
}

void run_model_finish(struct run_model *model)
{
    size_t kept = 0;

    if (model->call_count != 0) {
        qsort(model->calls, model->call_count, sizeof(*model->calls), by_id);
    }
    if (model->processor_count != 0) {
        qsort(model->processors, model->processor_count, sizeof(*model->processors), by_processor);
    }
    for (size_t index = 0; index < model->call_count; index++) {
        if (kept != 0 && model->calls[kept - 1].record.Id == model->calls[index].record.Id) {
            free(model->calls[index].processors);
        } else {
            model->calls[kept++] = model->calls[index];
        }
    }
    model->call_count = kept;
}

static void free_driver(struct run_driver *driver)
{
    for (size_t index = 0; index < driver->missing_count; index++) {
        free(driver->missing[index]);
    }
    free(driver->missing);
    free(driver->failure);
}

void run_model_free(struct run_model *model)
{
    for (size_t index = 0; index < model->image_count; index++) {
        free(model->images[index].name);
    }
    for (size_t index = 0; index < model->driver_count; index++) {
        free_driver(&model->drivers[index]);
    }
    for (size_t index = 0; index < model->call_count; index++) {
        free(model->calls[index].processors);
    }
    for (size_t index = 0; index < model->finding_count; index++) {
        free(model->findings[index].stack);
        free(model->findings[index].text);
    }
    free(model->images);
    free(model->drivers);
    free(model->calls);
    free(model->processors);
    free(model->findings);
    for (size_t index = 0; index < model->request_count; index++) {
        free(model->requests[index].output);
    }
    free(model->requests);
    free(model->device);
    free(model->additions);
    free(model->bug_check_text);
    buffer_free(&model->debug);
    memset(model, 0, sizeof(*model));
}

int64_t run_ns(const struct run_model *model, uint64_t from, uint64_t to)
{
    __int128 ns = (__int128)(int64_t)(to - from) * 1000000000;

    ns /= model->hello.Frequency != 0 ? (__int128)model->hello.Frequency : 1;
    return ns > INT64_MAX ? INT64_MAX : ns < INT64_MIN ? INT64_MIN : (int64_t)ns;
}

int64_t run_call_latency(const struct run_model *model, const struct run_call *call)
{
    return run_ns(model, call->record.Entered, call->record.Left);
}

int64_t run_call_ns(const struct run_model *model, const struct run_call *call, uint32_t from,
                    uint32_t to)
{
    return run_ns(model, (uint64_t)from << call->record.Shift, (uint64_t)to << call->record.Shift);
}

int64_t run_call_skew(const struct run_model *model, const struct run_call *call)
{
    uint32_t first = call->processors[0].Started, last = first;

    for (uint32_t index = 1; index < call->record.Count; index++) {
        uint32_t started = call->processors[index].Started;

        first = started < first ? started : first;
        last = started > last ? started : last;
    }
    return run_call_ns(model, call, first, last);
}

const struct run_processor *run_find_processor(const struct run_model *model, uint32_t index)
{
    for (size_t place = 0; place < model->processor_count; place++) {
        if (model->processors[place].record.Index == index) {
            return &model->processors[place];
        }
    }
    return NULL;
}

const struct run_image *run_find_image(const struct run_model *model, uint64_t address)
{
    for (size_t index = model->image_count; index-- > 0;) {
        const struct run_image *image = &model->images[index];

        if (address - image->record.Base < image->record.Size) {
            return image;
        }
    }
    return NULL;
}

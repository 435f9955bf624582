/* SPDX-License-Identifier: MIT */
/*
 * symbols.c: the names and lines of the images of a run.
 */
#include "symbols.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "dwarf_data.h"

struct name {
    uint32_t rva;
    bool function;
    uint16_t length;
    const char *text;
};

struct symbol_file {
    char *name;
    int32_t driver;
    const uint8_t *bytes;
    size_t size;
    bool opened, valid;
    struct pe_file pe;
    struct dwarf_lines *lines;
    struct dwarf_data *data; /* NULL until it is asked for */
    struct name *names;      /* ascending by rva, one per rva */
    size_t count, capacity;
};

struct symbols {
    struct symbol_file **files;
    size_t count, capacity;
};

struct symbols *symbols_create(void)
{
    return xcalloc(1, sizeof(struct symbols));
}

void symbols_add(struct symbols *symbols, const char *name, int32_t driver, const uint8_t *bytes,
                 size_t size)
{
    struct symbol_file *file = xcalloc(1, sizeof(*file));

    file->name = xstrdup(name);
    file->driver = driver;
    file->bytes = bytes;
    file->size = size;
    grow_array(&symbols->files, symbols->count, &symbols->capacity, sizeof(*symbols->files));
    symbols->files[symbols->count++] = file;
}

void symbols_free(struct symbols *symbols)
{
    if (symbols == NULL) {
        return;
    }
    for (size_t index = 0; index < symbols->count; index++) {
        struct symbol_file *file = symbols->files[index];

        dwarf_data_close(file->data);
        dwarf_lines_close(file->lines);
        if (file->valid) {
            pe_file_close(&file->pe);
        }
        free(file->names);
        free(file->name);
        free(file);
    }
    free(symbols->files);
    free(symbols);
}

static void add_name(void *context, const struct pe_symbol *symbol)
{
    struct symbol_file *file = context;

    if (symbol->name_length != 0 && symbol->name_length <= 400) {
        grow_array(&file->names, file->count, &file->capacity, sizeof(*file->names));
        file->names[file->count++] = (struct name){ symbol->rva, symbol->function,
                                                    (uint16_t)symbol->name_length, symbol->name };
    }
}

/* is_linkers: a name that the linker gives to the bounds of a section. */
static bool is_linkers(const struct name *name)
{
    return name->length > 2 && memcmp(name->text, "__", 2) == 0;
}

/* by_rva: at one address functions first, the linker's own names last, then the shorter name. */
static int by_rva(const void *left, const void *right)
{
    const struct name *a = left, *b = right;

    if (a->rva != b->rva) {
        return a->rva < b->rva ? -1 : 1;
    }
    if (a->function != b->function) {
        return a->function ? -1 : 1;
    }
    if (is_linkers(a) != is_linkers(b)) {
        return is_linkers(b) ? -1 : 1;
    }
    if (a->length != b->length) {
        return a->length < b->length ? -1 : 1;
    }
    return memcmp(a->text, b->text, a->length);
}

static void sort_names(struct symbol_file *file)
{
    size_t kept = 0;

    if (file->count != 0) {
        qsort(file->names, file->count, sizeof(*file->names), by_rva);
    }
    for (size_t index = 0; index < file->count; index++) {
        if (kept == 0 || file->names[kept - 1].rva != file->names[index].rva) {
            file->names[kept++] = file->names[index];
        }
    }
    file->count = kept;
}

static void open_file(struct symbol_file *file)
{
    static const char entry[] = "EntryPoint";

    file->opened = true;
    file->valid = pe_file_open(&file->pe, file->bytes, file->size) == PE_SUCCESS;
    if (!file->valid) {
        return;
    }
    file->lines = dwarf_lines_open(&file->pe);
    pe_file_symbols(&file->pe, add_name, file);
    if (file->count == 0) {
        struct pe_symbol symbol = { entry, sizeof(entry) - 1, file->pe.image.EntryPoint, true };

        pe_file_exports(&file->pe, add_name, file);
        if (symbol.rva != 0) {
            add_name(file, &symbol);
        }
    }
    sort_names(file);
}

static struct symbol_file *find_file(struct symbols *symbols, const struct run_image *image)
{
    for (size_t index = 0; index < symbols->count; index++) {
        struct symbol_file *file = symbols->files[index];
        bool same = image->record.Driver >= 0
                        ? file->driver == image->record.Driver
                        : file->driver < 0 && strcasecmp(file->name, image->name) == 0;

        if (same) {
            if (!file->opened) {
                open_file(file);
            }
            return file->valid ? file : NULL;
        }
    }
    return NULL;
}

/*
 * find_name: the nearest name at or below an RVA.
 * => NULL also where the unwind table says that another function, which has no name, lies between
 */
static const struct name *find_name(const struct symbol_file *file, uint32_t rva)
{
    size_t low = 0, high = file->count;
    PE_FUNCTION function;

    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (file->names[middle].rva <= rva) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    if (low == 0 || (LdrPeFindFunctionEntry(&file->pe.image, file->pe.view, rva, &function) &&
                     file->names[low - 1].rva < function.Begin)) {
        return NULL;
    }
    return &file->names[low - 1];
}

static void find_line(const struct symbol_file *file, uint32_t rva, bool function,
                      struct place *place)
{
    const char *source;
    int line;

    if (file->lines != NULL &&
        (function ? dwarf_lines_find_function(file->lines, rva, &source, &line)
                  : dwarf_lines_find(file->lines, rva, &source, &line))) {
        snprintf(place->location, sizeof(place->location), "%.240s:%d", source, line);
    }
}

/* describe: an address; function: at a function's first instruction its definition is meant. */
static void describe(struct symbols *symbols, const struct run_model *model, uint64_t address,
                     bool returned, bool function, struct place *place)
{
    const struct run_image *image = run_find_image(model, address);
    struct symbol_file *file = image != NULL ? find_file(symbols, image) : NULL;
    const struct name *name = NULL;
    uint32_t rva;

    memset(place, 0, sizeof(*place));
    place->offset = 1;
    if (image == NULL) {
        snprintf(place->name, sizeof(place->name), "0x%016llX", (unsigned long long)address);
        return;
    }
    place->in_driver = image->record.Driver >= 0;
    rva = (uint32_t)(address - image->record.Base);
    if (file != NULL) {
        uint32_t before = returned && rva != 0 ? rva - 1 : rva;

        name = find_name(file, before);
        find_line(file, before, function && name != NULL && name->rva == before, place);
    }
    if (name != NULL) {
        place->offset = rva - name->rva;
        snprintf(place->name, sizeof(place->name), "%.80s!%.*s+0x%X", image->name,
                 (int)name->length, name->text, place->offset);
    } else {
        snprintf(place->name, sizeof(place->name), "%.80s+0x%X", image->name, rva);
    }
}

void symbols_place(struct symbols *symbols, const struct run_model *model, uint64_t address,
                   bool returned, struct place *place)
{
    describe(symbols, model, address, returned, true, place);
}

void symbols_instruction(struct symbols *symbols, const struct run_model *model, uint64_t address,
                         bool returned, struct place *place)
{
    describe(symbols, model, address, returned, false, place);
}

/* find_section: the section that an RVA lies in.  => false: none */
static bool find_section(const struct symbol_file *file, uint32_t rva, PE_SECTION *section)
{
    for (uint32_t index = 0; index < file->pe.image.SectionCount; index++) {
        if (LdrPeGetSection(&file->pe.image, file->pe.view, index, section) &&
            rva - section->Rva < section->Size) {
            return true;
        }
    }
    return false;
}

/* print_offset: "+0x18" unless it is zero. */
static void print_offset(struct buffer *buffer, uint64_t offset)
{
    if (offset != 0) {
        buffer_print(buffer, "+0x%llX", (unsigned long long)offset);
    }
}

/* print_data: append a variable by its type, if the file says so much. */
static bool print_data(struct symbol_file *file, uint32_t rva, uint32_t size, struct buffer *buffer,
                       size_t *own)
{
    if (file->lines == NULL) {
        return false;
    }
    if (file->data == NULL) {
        file->data = dwarf_data_open(file->lines);
    }
    return dwarf_data_name(file->data, rva, size, buffer, own);
}

/*
 * print_variable: append what is at an RVA: by its type, its symbol, or its section.
 * => how much of the buffer names the variable itself
 */
static size_t print_variable(struct symbol_file *file, uint32_t rva, uint32_t size,
                             struct buffer *buffer)
{
    size_t before = buffer->length, own;
    const struct name *name;
    PE_SECTION section;

    if (!find_section(file, rva, &section)) {
        print_offset(buffer, rva);
        return before;
    }
    buffer_print(buffer, "!");
    if (print_data(file, rva, size, buffer, &own)) {
        return before + 1 + own;
    }
    name = find_name(file, rva);
    if (name != NULL && name->rva >= section.Rva) {
        buffer_print(buffer, "%.*s", (int)name->length, name->text);
        own = buffer->length;
        print_offset(buffer, rva - name->rva);
        return own;
    }
    buffer->text[before] = ' ';
    buffer_print(buffer, "%s", section.Name);
    own = buffer->length;
    print_offset(buffer, rva - section.Rva);
    return own;
}

size_t symbols_variable(struct symbols *symbols, const struct run_model *model, uint64_t address,
                        uint32_t size, char **text)
{
    const struct run_image *image = run_find_image(model, address);
    struct symbol_file *file = image != NULL ? find_file(symbols, image) : NULL;
    struct buffer buffer = { 0 };
    size_t own;

    if (image == NULL) {
        buffer_print(&buffer, "memory at 0x%016llX", (unsigned long long)address);
        *text = buffer.text;
        return strlen("memory");
    }
    buffer_print(&buffer, "%s", image->name);
    own = buffer.length;
    if (file != NULL) {
        own = print_variable(file, (uint32_t)(address - image->record.Base), size, &buffer);
    } else {
        print_offset(&buffer, address - image->record.Base);
    }
    *text = buffer.text;
    return own;
}

uint64_t symbols_entry(struct symbols *symbols, const struct run_model *model, int32_t driver)
{
    for (size_t index = 0; index < model->image_count; index++) {
        const struct run_image *image = &model->images[index];
        struct symbol_file *file =
            image->record.Driver == driver ? find_file(symbols, image) : NULL;

        if (file != NULL && file->pe.image.EntryPoint != 0) {
            return image->record.Base + file->pe.image.EntryPoint;
        }
    }
    return 0;
}

const char *place_short(struct place *place)
{
    if (place->offset == 0) {
        *strrchr(place->name, '+') = '\0';
        place->offset = 1;
    }
    return place->name;
}

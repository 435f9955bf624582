/* SPDX-License-Identifier: MIT */
/*
 * dwarf_data.c: addresses to variables, elements and members, by libdw.
 *
 * Nothing in a file's types is trusted: a walk down a type is bounded, and ends
 * with a plain offset wherever it is not clear how to go on (a union, a type
 * without a size).
 */
#include "dwarf_data.h"

#include <dwarf.h>
#include <elfutils/libdw.h>
#include <stdlib.h>
#include <string.h>

#define MOST_VARIABLES 1000000u
#define MOST_DEPTH     16 /* of scopes, and of types in types */
#define MOST_NAME      200

struct variable {
    uint32_t rva;
    uint64_t size;
    const char *name;
    Dwarf_Off type;
};

struct dwarf_data {
    Dwarf *dwarf;
    uint64_t base;
    struct variable *variables; /* ascending by rva */
    size_t count, capacity;
};

/* type_of: the type of a variable, member or element, without typedefs and qualifiers. */
static bool type_of(Dwarf_Die *die, Dwarf_Die *type)
{
    Dwarf_Attribute attribute;

    return dwarf_formref_die(dwarf_attr_integrate(die, DW_AT_type, &attribute), type) != NULL &&
           dwarf_peel_type(type, type) == 0;
}

/* address_of: a variable's address, if it is a fixed one. */
static bool address_of(Dwarf_Die *die, uint64_t *address)
{
    Dwarf_Attribute attribute;
    Dwarf_Op *operations;
    size_t count;

    if (dwarf_getlocation(dwarf_attr(die, DW_AT_location, &attribute), &operations, &count) != 0 ||
        count != 1 || operations[0].atom != DW_OP_addr) {
        return false;
    }
    *address = operations[0].number;
    return true;
}

static void add_variable(struct dwarf_data *data, Dwarf_Die *die)
{
    struct variable variable;
    Dwarf_Attribute attribute;
    Dwarf_Word size;
    Dwarf_Die type;
    uint64_t address;

    variable.name = dwarf_formstring(dwarf_attr_integrate(die, DW_AT_name, &attribute));
    if (variable.name == NULL || !address_of(die, &address) || address < data->base ||
        address - data->base > UINT32_MAX || !type_of(die, &type) ||
        dwarf_aggregate_size(&type, &size) != 0 || data->count == MOST_VARIABLES) {
        return;
    }
    variable.rva = (uint32_t)(address - data->base);
    variable.size = size;
    variable.type = dwarf_dieoffset(&type);
    grow_array(&data->variables, data->count, &data->capacity, sizeof(variable));
    data->variables[data->count++] = variable;
}

/* find_variables: the variables of a unit, and the static ones in its functions. */
static void find_variables(struct dwarf_data *data, Dwarf_Die *parent, int depth)
{
    Dwarf_Die die;

    if (depth == MOST_DEPTH || dwarf_child(parent, &die) != 0) {
        return;
    }
    do {
        switch (dwarf_tag(&die)) {
        case DW_TAG_variable:
            add_variable(data, &die);
            break;
        case DW_TAG_subprogram:
        case DW_TAG_lexical_block:
        case DW_TAG_inlined_subroutine:
        case DW_TAG_namespace:
            find_variables(data, &die, depth + 1);
            break;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
}

static int by_rva(const void *left, const void *right)
{
    const struct variable *a = left, *b = right;

    return (a->rva > b->rva) - (a->rva < b->rva);
}

struct dwarf_data *dwarf_data_open(const struct dwarf_lines *lines)
{
    struct dwarf_data *data = xcalloc(1, sizeof(*data));
    Dwarf_Off offset = 0, next;
    size_t header;

    data->dwarf = dwarf_lines_handle(lines, &data->base);
    while (data->dwarf != NULL &&
           dwarf_nextcu(data->dwarf, offset, &next, &header, NULL, NULL, NULL) == 0) {
        Dwarf_Die unit;

        if (dwarf_offdie(data->dwarf, offset + header, &unit) != NULL) {
            find_variables(data, &unit, 0);
        }
        if (next <= offset) {
            break;
        }
        offset = next;
    }
    if (data->count != 0) {
        qsort(data->variables, data->count, sizeof(*data->variables), by_rva);
    }
    return data;
}

static const struct variable *find_variable(const struct dwarf_data *data, uint32_t rva)
{
    for (size_t index = data->count; index-- > 0;) {
        const struct variable *variable = &data->variables[index];

        if (variable->rva <= rva && rva - variable->rva < variable->size) {
            return variable;
        }
    }
    return NULL;
}

/* dimension: how many elements a dimension of an array has. */
static bool dimension(Dwarf_Die *die, uint64_t *count)
{
    Dwarf_Attribute attribute;
    Dwarf_Word value;

    if (dwarf_formudata(dwarf_attr(die, DW_AT_count, &attribute), &value) == 0) {
        *count = value;
        return true;
    }
    if (dwarf_formudata(dwarf_attr(die, DW_AT_upper_bound, &attribute), &value) == 0) {
        *count = value + 1;
        return true;
    }
    return false;
}

/*
 * enter_array: append "[2][5]" and go on with the element's type.
 * => false if the access is not within one element
 */
static bool enter_array(Dwarf_Die *type, uint64_t *offset, uint64_t size, struct buffer *text)
{
    uint64_t counts[MOST_DEPTH];
    Dwarf_Die die, element;
    Dwarf_Word stride;
    int dimensions = 0;

    if (!type_of(type, &element) || dwarf_aggregate_size(&element, &stride) != 0 || stride == 0 ||
        *offset % stride + size > stride || dwarf_child(type, &die) != 0) {
        return false;
    }
    do {
        if (dwarf_tag(&die) == DW_TAG_subrange_type &&
            (dimensions == MOST_DEPTH || !dimension(&die, &counts[dimensions++]))) {
            return false;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
    for (int index = 0; index < dimensions; index++) {
        uint64_t below = 1;

        for (int later = index + 1; later < dimensions; later++) {
            if (counts[later] == 0 || __builtin_mul_overflow(below, counts[later], &below)) {
                return false;
            }
        }
        buffer_print(
            text, "[%llu]",
            (unsigned long long)(*offset / stride / below %
                                 (index == 0 || counts[index] == 0 ? UINT64_MAX : counts[index])));
    }
    *offset %= stride;
    *type = element;
    return true;
}

/*
 * enter_member: append ".Name" and go on with the member's type.
 * => false if the access is not within one member
 */
static bool enter_member(Dwarf_Die *type, uint64_t *offset, uint64_t size, struct buffer *text)
{
    Dwarf_Attribute attribute;
    Dwarf_Word begin, length;
    Dwarf_Die die, member;
    const char *name;

    if (dwarf_child(type, &die) != 0) {
        return false;
    }
    do {
        if (dwarf_tag(&die) == DW_TAG_member && !dwarf_hasattr(&die, DW_AT_bit_size) &&
            !dwarf_hasattr(&die, DW_AT_data_bit_offset) &&
            dwarf_formudata(dwarf_attr(&die, DW_AT_data_member_location, &attribute), &begin) ==
                0 &&
            type_of(&die, &member) && dwarf_aggregate_size(&member, &length) == 0 &&
            *offset >= begin && *offset - begin < length && size <= length - (*offset - begin)) {
            name = dwarf_diename(&die);
            if (name != NULL) {
                buffer_print(text, ".%.*s", MOST_NAME, name);
            }
            *offset -= begin;
            *type = member;
            return true;
        }
    } while (dwarf_siblingof(&die, &die) == 0);
    return false;
}

bool dwarf_data_name(const struct dwarf_data *data, uint32_t rva, uint32_t size,
                     struct buffer *text, size_t *own)
{
    const struct variable *variable = find_variable(data, rva);
    size_t before = text->length;
    uint64_t offset;
    bool inside = true;
    Dwarf_Die type;

    if (variable == NULL || dwarf_offdie(data->dwarf, variable->type, &type) == NULL) {
        return false;
    }
    buffer_print(text, "%.*s", MOST_NAME, variable->name);
    *own = text->length - before;
    offset = rva - variable->rva;
    for (int depth = 0; depth < MOST_DEPTH && inside; depth++) {
        int tag = dwarf_tag(&type);

        inside = tag == DW_TAG_array_type       ? enter_array(&type, &offset, size, text)
                 : tag == DW_TAG_structure_type ? enter_member(&type, &offset, size, text)
                                                : false;
    }
    if (offset != 0) {
        buffer_print(text, "+0x%llX", (unsigned long long)offset);
    }
    return true;
}

void dwarf_data_close(struct dwarf_data *data)
{
    if (data != NULL) {
        free(data->variables);
        free(data);
    }
}

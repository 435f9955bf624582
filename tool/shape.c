/* SPDX-License-Identifier: MIT */
/* shape.c: what the kernel is told, and how much memory it gets. */
#include "shape.h"

#include "record.h"

#define LEAST_MIB 256u
#define MOST_MIB  2048u

char *shape_kernel_options(const struct machine_shape *shape)
{
    return xasprintf("processors=%u hot-add=%u group-size=%u record=%u watchdog=%u verify=%d%s%s",
                     shape->processors, shape->hot_add, shape->group_size, shape->record,
                     shape->watchdog, shape->verify, shape->requests != NULL ? " requests=" : "",
                     shape->requests != NULL ? shape->requests : "");
}

unsigned shape_processors(const struct machine_shape *shape)
{
    return shape->processors + shape->hot_add;
}

/* A page per loaded byte twice over, and stacks and tables for each processor. */
unsigned shape_memory_mib(const struct machine_shape *shape)
{
    uint64_t call = sizeof(RECORD_CALL) + sizeof(RECORD_CALL_PROCESSOR) * shape_processors(shape);
    uint64_t recorded = shape->record * call;
    uint64_t mib = 192 + shape_processors(shape) + 3 * (shape->files >> 20) + (recorded >> 20);

    mib += mib % 2;
    return (unsigned)(mib < LEAST_MIB ? LEAST_MIB : mib > MOST_MIB ? MOST_MIB : mib);
}

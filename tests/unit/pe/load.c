/* SPDX-License-Identifier: MIT */
/*
 * load.c: the test images of this folder, read, mapped and run.
 *
 * The host is an x86-64 too, so that a view in executable memory can be run:
 * no better proof of relocations and imports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "load.h"

static int path_count;
static char **path_list;

void set_image_paths(int count, char **paths)
{
    path_count = count;
    path_list = paths;
}

static const char *find_path(const char *name)
{
    for (int index = 0; index < path_count; index++) {
        const char *slash = strrchr(path_list[index], '/');

        if (strcmp(slash != NULL ? slash + 1 : path_list[index], name) == 0) {
            return path_list[index];
        }
    }
    fail_msg("%s is not among the arguments", name);
    return NULL;
}

struct image read_image(const char *name)
{
    struct image image = { .name = name };
    FILE *stream = fopen(find_path(name), "rb");
    long size;

    assert_non_null(stream);
    assert_int_equal(fseek(stream, 0, SEEK_END), 0);
    size = ftell(stream);
    assert_true(size > 0);
    rewind(stream);
    image.file_size = (size_t)size;
    image.file = malloc(image.file_size);
    assert_non_null(image.file);
    assert_int_equal(fread(image.file, 1, image.file_size, stream), image.file_size);
    fclose(stream);
    return image;
}

struct image load_image(const char *name)
{
    struct image image = read_image(name);

    assert_int_equal(LdrPeOpen(image.file, image.file_size, &image.pe), PE_SUCCESS);
    image.view = mmap(NULL, image.pe.Size, PROT_READ | PROT_WRITE | PROT_EXEC,
                      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    assert_ptr_not_equal(image.view, MAP_FAILED);
    assert_int_equal(LdrPeMap(&image.pe, image.file, image.file_size, image.view, image.pe.Size),
                     PE_SUCCESS);
    assert_int_equal(LdrPeRelocate(&image.pe, image.view, (uintptr_t)image.view), PE_SUCCESS);
    return image;
}

void *run_at(const struct image *image, uint32_t rva)
{
    assert_true(rva < image->pe.Size);
    return image->view + rva;
}

void *exported(const struct image *image, const char *name)
{
    PE_EXPORT export;

    assert_int_equal(LdrPeFindExport(&image->pe, image->view, name, 0, &export), PE_SUCCESS);
    assert_null(export.Forwarder);
    return run_at(image, export.Rva);
}

void free_image(struct image *image)
{
    if (image->view != NULL) {
        munmap(image->view, image->pe.Size);
    }
    free(image->file);
    image->view = NULL;
    image->file = NULL;
}

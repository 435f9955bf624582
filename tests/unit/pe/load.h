/* SPDX-License-Identifier: MIT */
/* load.h: the test images of this folder, read, mapped and run. */
#pragma once

#include "pe.h"

/* An image file and, after load_image, its view. */
struct image {
    const char *name;
    uint8_t *file;
    size_t file_size;
    uint8_t *view;
    PE_IMAGE pe;
};

#define CALL __attribute__((ms_abi)) /* how code in an image is called */

/*
 * set_image_paths: say where the images are.
 * => the files' base names are the names used below
 */
void set_image_paths(int count, char **paths);

/*
 * read_image: read an image file into a block of exactly its size; fails the
 * test if there is none.
 */
struct image read_image(const char *name);

/*
 * load_image: read, open and map an image into executable memory and relocate
 * it to that memory.
 */
struct image load_image(const char *name);

/*
 * run_at: where the code at an RVA of a loaded image can be called.
 */
void *run_at(const struct image *image, uint32_t rva);

/*
 * exported: where an export of a loaded image lies; fails the test without.
 */
void *exported(const struct image *image, const char *name);

void free_image(struct image *image);

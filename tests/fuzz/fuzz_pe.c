/* SPDX-License-Identifier: MIT */
/*
 * fuzz_pe.c: libFuzzer's entry to the PE loader.
 *
 * Seeds are the images of tests/unit/pe.  A custom mutator is not needed: the
 * loader has no checksum to get past.
 */
#include "pe_exercise.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    (void)exercise_image(bytes, size);
    return 0;
}

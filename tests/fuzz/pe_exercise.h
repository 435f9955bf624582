/* SPDX-License-Identifier: MIT */
/* pe_exercise.h: drive every entry of the PE loader over arbitrary bytes. */
#pragma once

#include "pe.h"

/*
 * exercise_image: open the bytes as an image and, as far as they allow, map,
 * relocate, configure and bind it and ask everything there is to ask.
 * => aborts if the loader breaks a promise; memory errors are the sanitizers'
 * => images larger than the limit below are opened only
 */
PE_STATUS exercise_image(const uint8_t *bytes, size_t size);

#define EXERCISE_MAX_IMAGE 0x100000u

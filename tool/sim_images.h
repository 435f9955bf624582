/* SPDX-License-Identifier: MIT */
/*
 * sim_images.h: tell the deterministic machine what is mapped where.
 */
#pragma once

#include "../sim/sim.h"
#include "load_set.h"
#include "record.h"

/*
 * sim_images_add: an image has been mapped; of the kernel's own also what they export.
 * => to be called when the record comes, so that the machine knows it before any code of it runs
 * => names are borrowed from the set, which must outlive the machine
 */
void sim_images_add(struct sim_machine *machine, const struct load_set *set,
                    const RECORD_IMAGE *image, const char *name);

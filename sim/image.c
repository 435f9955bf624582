/* SPDX-License-Identifier: MIT */
/*
 * image.c: where the kernel's images and the drivers lie.
 *
 * A driver has one place in the table, whose coverage goes with it: it may
 * leave and come back, to the same address or to another.  That it has left is
 * not said; it has when another image lies there, or the driver itself comes again.
 */
#include <sys/mman.h>

#include "cpu.h"

struct sim_image *machine_image(struct sim_machine *machine, uint64_t address)
{
    for (unsigned i = 0; i < machine->image_count; i++) {
        if (address - machine->images[i].base < machine->images[i].size &&
            !machine->images[i].gone) {
            return &machine->images[i];
        }
    }
    return NULL;
}

/* find_image: => the place of a driver's image that was mapped before, or NULL */
static struct sim_image *find_image(struct sim_machine *machine, uint64_t size, int driver)
{
    for (unsigned i = 0; driver >= 0 && i < machine->image_count; i++) {
        if (machine->images[i].driver == driver && machine->images[i].size == size) {
            return &machine->images[i];
        }
    }
    return NULL;
}

/* append_image: => NULL: there is no room */
static struct sim_image *append_image(struct sim_machine *machine, uint64_t size, int driver)
{
    struct sim_image *image = &machine->images[machine->image_count];

    if (machine->image_count == SIM_IMAGES) {
        return NULL;
    }
    machine->image_count++;
    *image = (struct sim_image){ .size = size, .driver = driver, .kernel = driver < 0 };
    if (driver >= 0) {
        image->covered = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        image->covered = image->covered == MAP_FAILED ? NULL : image->covered;
    }
    return image;
}

void sim_add_image(struct sim_machine *machine, uint64_t base, uint64_t size, int driver)
{
    struct sim_image *image;

    if (machine->closing) {
        return;
    }
    for (unsigned i = 0; i < machine->image_count; i++) {
        struct sim_image *other = &machine->images[i];
        other->gone |= base - other->base < other->size || other->base - base < size;
    }
    image = find_image(machine, size, driver);
    if (image != NULL) {
        image->reloaded = true;
    } else {
        image = append_image(machine, size, driver);
    }
    if (image != NULL) {
        image->base = base;
        image->gone = false;
    }
    for (unsigned i = 0; i < machine->count; i++) {
        machine->cpus[i]->code_page = CPU_NO_PAGE;
    }
}

void machine_drop_images(struct sim_machine *machine, unsigned count)
{
    while (machine->image_count > count) {
        const struct sim_image *image = &machine->images[--machine->image_count];
        if (image->covered != NULL) {
            munmap(image->covered, image->size);
        }
    }
}

bool sim_covered(const struct sim_machine *machine, int driver, uint64_t offset)
{
    for (unsigned i = 0; i < machine->image_count; i++) {
        const struct sim_image *image = &machine->images[i];

        if (image->driver == driver && image->covered != NULL && offset < image->size) {
            return image->covered[offset] != 0;
        }
    }
    return false;
}

/* SPDX-License-Identifier: MIT */
/*
 * device_pic.c: the 8259 interrupt controller, one of a pair.  Nothing is
 * connected to its inputs: it is initialised and masked, and that is all.
 * Reference: Intel, "8259A Programmable Interrupt Controller".
 */
#include "device_state.h"

#define ICW1        0x10u
#define ICW1_FOURTH 0x01u
#define ICW1_SINGLE 0x02u

void pic_reset(struct pic *pic)
{
    *pic = (struct pic){.mask = 0xFF};
}

uint8_t pic_read(const struct pic *pic, bool data)
{
    /* The other register shows requests or what is in service: never any. */
    return data ? pic->mask : 0;
}

void pic_write(struct pic *pic, bool data, uint8_t value)
{
    if (!data) {
        if ((value & ICW1) != 0) {
            pic->words = (uint8_t)(1 + ((value & ICW1_SINGLE) == 0) + (value & ICW1_FOURTH));
            pic->mask = 0;
        }
        return;
    }
    /* The words of the initialisation say where requests go: there will be none. */
    if (pic->words != 0) {
        pic->words--;
    } else {
        pic->mask = value;
    }
}

/* SPDX-License-Identifier: MIT */
/* Uses SVM. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".byte 0x0F, 0x01, 0xD8" : : "a"(0)); /* vmrun */
}

/* SPDX-License-Identifier: MIT */
/* Uses AVX-512. */
#include "hostile.h"

static VOID Attack(VOID)
{
    __asm__ volatile(".byte 0x62, 0xF1, 0x74, 0x48, 0x58, 0xD0"); /* vaddps zmm2, zmm1, zmm0 */
}

/* SPDX-License-Identifier: MIT */
/* absolute.c: a driver with an absolute address, which needs its relocations to move. */

static int Value = 9;
static int *volatile Pointer = &Value;

int DriverEntry(void)
{
    return *Pointer;
}

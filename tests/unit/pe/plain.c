/* SPDX-License-Identifier: MIT */
/* plain.c: a driver that needs nothing: no imports, no relocations, no unwind tables. */

int DriverEntry(void)
{
    return 7;
}

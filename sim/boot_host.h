/* SPDX-License-Identifier: MIT */
/*
 * boot_host.h: comes before everything else in the files of boot/common that
 * become part of the simulator (the compiler's -include): they reach physical
 * memory through a window, and the two routines that a boot path supplies get
 * names that do not collide with the simulator's.
 */
#pragma once

#define BOOT_WINDOW
#define machine_write boot_host_write
#define machine_fail  boot_host_fail

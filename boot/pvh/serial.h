/* SPDX-License-Identifier: MIT */
/*
 * serial.h: the first serial port, as the console of the PVH boot path.
 */
#pragma once

/*
 * serial_start: 115,200 baud, 8 bits, no parity, no interrupts.
 * => before machine_write
 */
void serial_start(void);

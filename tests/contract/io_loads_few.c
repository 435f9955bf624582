/* SPDX-License-Identifier: MIT */
/* The same as io_loads, 100 times: for the simulator, where a load takes 10 ms. */
#define LOADS 100

#include "io_loads.c"

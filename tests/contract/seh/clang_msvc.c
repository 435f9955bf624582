/* SPDX-License-Identifier: MIT */
/*
 * A1: __try, __except and __finally of clang for the msvc target work at every IRQL, with
 * interrupts off, and in the routine on all processors at once.
 */
#include "cases.h"

/* MSVC's library defines this for whatever uses floating point. */
int _fltused = 0x9875;

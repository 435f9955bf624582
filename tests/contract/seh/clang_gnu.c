/* SPDX-License-Identifier: MIT */
/*
 * A1: __try, __except and __finally of clang for windows-gnu work at every IRQL, with interrupts
 * off, and in the routine on all processors at once.
 */
#include "cases.h"

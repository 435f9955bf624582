/* SPDX-License-Identifier: MIT */
/* string_s.c: checking routines on zero-terminated strings of bytes. */
#include "crt.h"

#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define RTLP_NAME(Narrow, Wide) Narrow
#define RTLP_UNIT               char
#define RTLP_VALUE              uint8_t
#define RTLP_CHARACTER          int
#include "string_s_template.h"

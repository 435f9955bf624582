/* SPDX-License-Identifier: MIT */
/* wstring_s.c: checking routines on zero-terminated UTF-16 strings. */
#include "crt.h"

#pragma GCC optimize("no-tree-loop-distribute-patterns")

#define RTLP_NAME(Narrow, Wide) Wide
#define RTLP_UNIT               uint16_t
#define RTLP_VALUE              uint16_t
#define RTLP_CHARACTER          uint16_t
#include "string_s_template.h"

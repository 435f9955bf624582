/* SPDX-License-Identifier: MIT */
/* wnumber.c: integers from and to zero-terminated UTF-16 strings. */
#include <limits.h>
#include <stdbool.h>

#include "crt.h"

#define RTLP_NAME(Narrow, Wide) Wide
#define RTLP_UNIT               uint16_t
#include "number_template.h"

/* SPDX-License-Identifier: MIT */
/* number.c: integers from and to zero-terminated strings of bytes. */
#include <limits.h>
#include <stdbool.h>

#include "crt.h"

#define RTLP_NAME(Narrow, Wide) Narrow
#define RTLP_UNIT               char
#include "number_template.h"

/* SPDX-License-Identifier: MIT */
/* options.h: reading the loader block's options into KiOptions (ki.h). */
#pragma once

#include "ki.h"

VOID KiReadOptions(const CHAR *Text);

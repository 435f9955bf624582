/* SPDX-License-Identifier: MIT */
/* mdl.h: what the files about MDLs share. */
#pragma once

#include "mi.h"

/* How many pages the buffer of an MDL touches. */
SIZE_T MiMdlPages(const MDL *Mdl);

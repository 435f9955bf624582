/* SPDX-License-Identifier: MIT */
/* mdl.h: what the files about MDLs share. */
#pragma once

#include "mi.h"

/* How many pages the buffer of an MDL touches. */
SIZE_T MiMdlPages(const MDL *Mdl);

/*
 * MiTryLockPages: look up the pages of a buffer, and keep them; Caller: who is to blame for the MDL.
 * => FALSE: there are none, or a user may not use them
 */
BOOLEAN MiTryLockPages(PMDL Mdl, KPROCESSOR_MODE AccessMode, LOCK_OPERATION Operation, PVOID Caller);

/* SPDX-License-Identifier: MIT */
/*
 * wdm.h: mingw-w64's <wdm.h>, with what it lacks for drivers that call KeIpiGenericCall.
 *
 * `allcall cc` puts this folder before the DDK's, so <ntddk.h> and <ntifs.h>,
 * which include <wdm.h>, get it too.
 */
#pragma once

#include_next <wdm.h>

#include "allcall_intrin.h"
#include "allcall_sal.h"
#include "allcall_ipi.h"

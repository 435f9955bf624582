/* SPDX-License-Identifier: MIT */
/*
 * wdm.h: mingw-w64's <wdm.h>, with what it lacks for drivers that call KeIpiGenericCall.
 *
 * `allcall cc` puts this folder before the DDK's, so <ntddk.h> and <ntifs.h>,
 * which include <wdm.h>, get it too.
 */
#pragma once

/*
 * <wdm.h> defines two routines static that <intrin.h> has declared extern.  To clang, in Microsoft's
 * mode, that makes them external, in every source of a driver; <intrin.h>'s own serve as well.
 */
#ifdef __clang__
#include <intrin.h>
#define InterlockedBitTestAndSet   DdkInterlockedBitTestAndSet
#define InterlockedBitTestAndReset DdkInterlockedBitTestAndReset
#endif

#include_next <wdm.h>

#ifdef __clang__
#undef InterlockedBitTestAndSet
#undef InterlockedBitTestAndReset
#endif

#include "allcall_intrin.h"
#include "allcall_sal.h"
#include "allcall_ipi.h"
#include "allcall_locks.h"
#include "allcall_memory.h"
#include "allcall_notify.h"
#include "allcall_interrupt.h"

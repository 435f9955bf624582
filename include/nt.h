/* SPDX-License-Identifier: MIT */
/*
 * nt.h: the NT types, for the kernel and the HAL.
 *
 * The types come from mingw-w64's DDK (ntifs.h), so that every structure has
 * the layout that drivers were compiled against.  Some routines that the
 * kernel must export are inline functions or macros there; this file moves
 * those out of the way and declares the routine instead.
 */
#pragma once

/* Turn the dllimport of NTKERNELAPI, NTHALAPI, NTSYSAPI and of the C library off. */
#ifndef _CRTIMP
#define _CRTIMP
#endif
#define _NTOSKRNL_
#define _NTHALDLL_
#define _NTSYSTEM_

/* Inline in the DDK, exported by us. */
#define KeGetCurrentIrql       DdkInlineKeGetCurrentIrql
#define KeLowerIrql            DdkInlineKeLowerIrql
#define KfRaiseIrql            DdkInlineKfRaiseIrql
#define KeRaiseIrqlToDpcLevel  DdkInlineKeRaiseIrqlToDpcLevel
#define KeRaiseIrqlToSynchLevel DdkInlineKeRaiseIrqlToSynchLevel
#define KeInitializeSpinLock   DdkInlineKeInitializeSpinLock
#define PsGetCurrentThread     DdkInlinePsGetCurrentThread
#define KeGetCurrentThread     DdkInlineKeGetCurrentThread

/* Declared there as imported data, see ob/obp.h. */
#define PsThreadType           DdkPsThreadType
#define PsProcessType          DdkPsProcessType
#define IoFileObjectType       DdkIoFileObjectType

#include <ntifs.h>
#include <ntimage.h>

#undef KeGetCurrentIrql
#undef KeLowerIrql
#undef KfRaiseIrql
#undef KeRaiseIrql
#undef KeRaiseIrqlToDpcLevel
#undef KeRaiseIrqlToSynchLevel
#undef KeInitializeSpinLock
#undef PsGetCurrentThread
#undef KeGetCurrentThread
#undef PsThreadType
#undef PsProcessType
#undef IoFileObjectType
#undef KeQuerySystemTime
#undef KeQueryInterruptTime
#undef KeQueryTickCount
#undef RtlCopyMemory
#undef RtlMoveMemory
#undef RtlFillMemory
#undef RtlZeroMemory
#undef RtlEqualMemory

NTKERNELAPI KIRQL NTAPI KeGetCurrentIrql(VOID);
NTKERNELAPI VOID NTAPI KeQuerySystemTime(PLARGE_INTEGER CurrentTime);
NTKERNELAPI PKTHREAD NTAPI KeGetCurrentThread(VOID);
NTKERNELAPI PETHREAD NTAPI PsGetCurrentThread(VOID);
NTKERNELAPI VOID NTAPI KeLowerIrql(KIRQL NewIrql);
NTKERNELAPI KIRQL NTAPI KfRaiseIrql(KIRQL NewIrql);
NTKERNELAPI VOID NTAPI KeRaiseIrql(KIRQL NewIrql, PKIRQL OldIrql);
NTKERNELAPI KIRQL NTAPI KeRaiseIrqlToDpcLevel(VOID);
NTKERNELAPI VOID NTAPI KeInitializeSpinLock(PKSPIN_LOCK SpinLock);
NTSYSAPI VOID NTAPI RtlCopyMemory(VOID *Destination, const VOID *Source, SIZE_T Length);
NTSYSAPI VOID NTAPI RtlMoveMemory(VOID *Destination, const VOID *Source, SIZE_T Length);
NTSYSAPI VOID NTAPI RtlFillMemory(VOID *Destination, SIZE_T Length, int Fill);
NTSYSAPI VOID NTAPI RtlZeroMemory(VOID *Destination, SIZE_T Length);

/* Newer than mingw-w64's DDK. */
NTKERNELAPI PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);

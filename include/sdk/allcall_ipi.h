/* SPDX-License-Identifier: MIT */
/*
 * allcall_ipi.h: the annotated role type and prototype of KeIpiGenericCall.
 *
 * mingw-w64's <wdm.h> declares both without annotations; to declare them again
 * with the same types is no conflict.  Declare a routine by its role type,
 *
 *     KIPI_BROADCAST_WORKER MyRoutine;
 *
 * and define it under _Use_decl_annotations_: a static checker then knows that
 * its body runs at IPI_LEVEL.
 *
 * Reference: Microsoft, "KeIpiGenericCall function (wdm.h)" and
 * "KIPI_BROADCAST_WORKER callback function (wdm.h)".
 */
#pragma once

#ifdef __cplusplus
extern "C" {
#endif

/* The routine: once on every processor, at IPI_LEVEL, all at the same time. */
_Function_class_(KIPI_BROADCAST_WORKER)
_IRQL_requires_(IPI_LEVEL)
_IRQL_requires_same_
typedef ULONG_PTR (NTAPI KIPI_BROADCAST_WORKER)(_In_ ULONG_PTR Argument);

typedef KIPI_BROADCAST_WORKER *PKIPI_BROADCAST_WORKER;

/* Run BroadcastFunction(Context) on every processor; what it returned on this one. */
_IRQL_requires_max_(IPI_LEVEL - 1)
_IRQL_requires_same_
NTKERNELAPI
ULONG_PTR
NTAPI
KeIpiGenericCall(
    _In_ PKIPI_BROADCAST_WORKER BroadcastFunction,
    _In_ ULONG_PTR Context);

#ifdef __cplusplus
}
#endif

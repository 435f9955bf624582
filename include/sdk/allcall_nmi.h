/* SPDX-License-Identifier: MIT */
/*
 * allcall_nmi.h: HalSendNMI, and the sets of processors that it takes.
 *
 * No header of Microsoft's has them, so drivers that use them declare them
 * themselves; this header does it for those that do not, and only for those
 * that include it.
 */
#pragma once

#include <wdm.h>

#ifdef __cplusplus
extern "C" {
#endif

#define ALLCALL_AFFINITY_GROUPS 20 /* as in Windows 10 */

typedef struct _KAFFINITY_EX {
    USHORT Count; /* groups that Bitmap tells of */
    USHORT Size;  /* groups that it has room for */
    ULONG Reserved;
    KAFFINITY Bitmap[ALLCALL_AFFINITY_GROUPS];
} KAFFINITY_EX, *PKAFFINITY_EX;

NTKERNELAPI VOID NTAPI KeInitializeAffinityEx(_Out_ PKAFFINITY_EX Affinity);
NTKERNELAPI VOID NTAPI KeAddProcessorAffinityEx(_Inout_ PKAFFINITY_EX Affinity,
                                                _In_ ULONG ProcessorIndex);

/* An NMI to every active processor of the set, the current one included if it is there.  Any IRQL. */
NTHALAPI VOID NTAPI HalSendNMI(_In_ PKAFFINITY_EX Affinity);

#ifdef __cplusplus
}
#endif

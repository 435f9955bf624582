/* SPDX-License-Identifier: MIT */
/* ki_affinity.h: a set of processors of several groups; see affinity_ex.c. */
#pragma once

#include "ki.h"

typedef struct _KAFFINITY_EX {
    USHORT Count; /* groups from 0 on that Bitmap tells of */
    USHORT Size;  /* groups that it has room for */
    ULONG Reserved;
    KAFFINITY Bitmap[];
} KAFFINITY_EX, *PKAFFINITY_EX;

VOID NTAPI KeInitializeAffinityEx(PKAFFINITY_EX Set);
VOID NTAPI KeAddProcessorAffinityEx(PKAFFINITY_EX Set, ULONG ProcessorIndex);
BOOLEAN NTAPI KeCheckProcessorAffinityEx(const KAFFINITY_EX *Set, ULONG ProcessorIndex);

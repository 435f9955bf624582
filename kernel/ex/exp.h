/* SPDX-License-Identifier: MIT */
/* exp.h: what the executive offers that mingw-w64's headers lack. */
#pragma once

#include "../ke/ki.h"
#include "../ke/ki_lock.h"

#ifndef POOL_ZERO_ALLOCATION
#define POOL_ZERO_ALLOCATION 1024
#endif

/* "POOL_FLAGS" */
#define EXP_POOL_FLAG_USE_QUOTA         0x0000000000000001ull
#define EXP_POOL_FLAG_UNINITIALIZED     0x0000000000000002ull
#define EXP_POOL_FLAG_SESSION           0x0000000000000004ull
#define EXP_POOL_FLAG_CACHE_ALIGNED     0x0000000000000008ull
#define EXP_POOL_FLAG_RAISE_ON_FAILURE  0x0000000000000020ull
#define EXP_POOL_FLAG_NON_PAGED         0x0000000000000040ull
#define EXP_POOL_FLAG_NON_PAGED_EXECUTE 0x0000000000000080ull
#define EXP_POOL_FLAG_PAGED             0x0000000000000100ull
#define EXP_POOL_FLAGS_REQUIRED         0x00000000FFFFFFFFull /* unknown ones here are an error */

/* "POOL_EXTENDED_PARAMETER structure (wdm.h)" */
typedef struct _EXP_POOL_PARAMETER {
    ULONG64 Type : 8;
    ULONG64 Optional : 1;
    ULONG64 Reserved : 55;
    ULONG64 Value;
} EXP_POOL_PARAMETER;

#define EXP_POOL_PARAMETER_PRIORITY 1
#define EXP_POOL_PARAMETER_NODE     3

/* pool.c */
NTKERNELAPI PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag);
NTKERNELAPI PVOID NTAPI ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes,
                                                    ULONG Tag);
NTKERNELAPI PVOID NTAPI ExAllocatePool2(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag);
NTKERNELAPI PVOID NTAPI ExAllocatePool3(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag,
                                        const EXP_POOL_PARAMETER *ExtendedParameters,
                                        ULONG ExtendedParametersCount);

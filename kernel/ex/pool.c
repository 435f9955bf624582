/* SPDX-License-Identifier: MIT */
/*
 * pool.c: the pool routines that drivers call.
 *
 * All of them work at any IRQL here; where the reference pages allow them, and
 * what an IPI routine may do (R1), is the verifier's to say.
 *
 * An allocation of 0 bytes returns a block without bytes, as on Windows.
 * Quota is charged to nobody: there is one process, the system's.
 */
#include "pool_block.h"

#define EXP_NO_TAG 0x656E6F4Eu /* 'None' in memory */

#define EXP_MUST_SUCCEED      NonPagedPoolMustSucceed
#define EXP_FAIL_QUIETLY      POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
#define EXP_MUST_SUCCEED_USED 0x9A /* BAD_POOL_CALLER, parameter 1 */

/* ExpRaise: raise an exception that nobody handles. */
static DECLSPEC_NORETURN VOID ExpRaise(NTSTATUS Status, PVOID Caller)
{
    KiBugCheck(KMODE_EXCEPTION_NOT_HANDLED, (ULONG)Status, (ULONG_PTR)Caller, 0, 0,
               (ULONG64)Caller, NULL);
}

/* ExpAllocate: what all allocators share. */
static PVOID ExpAllocate(POOL_TYPE Type, SIZE_T Bytes, ULONG Tag, BOOLEAN Raise, PVOID Caller)
{
    PVOID Block;

    if ((Type & EXP_MUST_SUCCEED) != 0) {
        KiBugCheck(BAD_POOL_CALLER, EXP_MUST_SUCCEED_USED, Type, Bytes, Tag, (ULONG64)Caller, NULL);
    }
    Block = ExpAllocateBlock(Type, Bytes, Tag, Caller);
    if (Block == NULL && (Raise || (Type & POOL_RAISE_IF_ALLOCATION_FAILURE) != 0)) {
        ExpRaise(STATUS_INSUFFICIENT_RESOURCES, Caller);
    }
    if (Block != NULL && (Type & POOL_ZERO_ALLOCATION) != 0) {
        memset(Block, 0, Bytes);
    }
    return Block;
}

/*
 * ExAllocatePoolWithTag: allocate pool.
 * ["ExAllocatePoolWithTag function (wdm.h)"]
 * => 16-byte aligned; page-aligned if NumberOfBytes is PAGE_SIZE or more
 * => NULL if memory is short, an exception with POOL_RAISE_IF_ALLOCATION_FAILURE
 * => NonPagedPool is executable, NonPagedPoolNx and PagedPool are not
 */
PVOID NTAPI(ExAllocatePoolWithTag)(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocate(PoolType, NumberOfBytes, Tag, FALSE, __builtin_return_address(0));
}

/* ExAllocatePool: ExAllocatePoolWithTag with the tag 'None'. ["ExAllocatePool function (wdm.h)"] */
PVOID NTAPI ExAllocatePool(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExpAllocate(PoolType, NumberOfBytes, EXP_NO_TAG, FALSE, __builtin_return_address(0));
}

/*
 * ExAllocatePoolWithTagPriority: the same; Priority only matters to a system that keeps reserves.
 * ["ExAllocatePoolWithTagPriority function (wdm.h)"]
 */
PVOID NTAPI ExAllocatePoolWithTagPriority(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag,
                                          EX_POOL_PRIORITY Priority)
{
    (VOID) Priority;
    return ExpAllocate(PoolType, NumberOfBytes, Tag, FALSE, __builtin_return_address(0));
}

/*
 * ExAllocatePoolWithQuotaTag: allocate pool; an exception if memory is short.
 * ["ExAllocatePoolWithQuotaTag function (wdm.h)"]
 * => NULL instead with POOL_QUOTA_FAIL_INSTEAD_OF_RAISE
 */
PVOID NTAPI(ExAllocatePoolWithQuotaTag)(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocate(PoolType & ~EXP_FAIL_QUIETLY, NumberOfBytes, Tag,
                       (PoolType & EXP_FAIL_QUIETLY) == 0, __builtin_return_address(0));
}

/* ExAllocatePoolWithQuota: the same with the tag 'None'. ["ExAllocatePoolWithQuota function
 * (wdm.h)"] */
PVOID NTAPI ExAllocatePoolWithQuota(POOL_TYPE PoolType, SIZE_T NumberOfBytes)
{
    return ExpAllocate(PoolType & ~EXP_FAIL_QUIETLY, NumberOfBytes, EXP_NO_TAG,
                       (PoolType & EXP_FAIL_QUIETLY) == 0, __builtin_return_address(0));
}

/* ExAllocatePoolZero: allocate zeroed pool. ["ExAllocatePoolZero function (wdm.h)"] */
PVOID NTAPI ExAllocatePoolZero(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocate(PoolType | POOL_ZERO_ALLOCATION, NumberOfBytes, Tag, FALSE,
                       __builtin_return_address(0));
}

/* ExAllocatePoolUninitialized: allocate pool. ["ExAllocatePoolUninitialized function (wdm.h)"] */
PVOID NTAPI ExAllocatePoolUninitialized(POOL_TYPE PoolType, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocate(PoolType & ~POOL_ZERO_ALLOCATION, NumberOfBytes, Tag, FALSE,
                       __builtin_return_address(0));
}

/*
 * ExpTypeOfFlags: the pool type that POOL_FLAGS stand for.
 * => FALSE: they name no or several kinds of pool, or something that must be known and is not
 */
static BOOLEAN ExpTypeOfFlags(ULONG64 Flags, POOL_TYPE *Type)
{
    const ULONG64 Known = EXP_POOL_FLAG_USE_QUOTA | EXP_POOL_FLAG_UNINITIALIZED |
                          EXP_POOL_FLAG_SESSION | EXP_POOL_FLAG_CACHE_ALIGNED |
                          EXP_POOL_FLAG_RAISE_ON_FAILURE | EXP_POOL_FLAG_NON_PAGED |
                          EXP_POOL_FLAG_NON_PAGED_EXECUTE | EXP_POOL_FLAG_PAGED;
    ULONG Value;

    if ((Flags & EXP_POOL_FLAGS_REQUIRED & ~Known) != 0) {
        return FALSE;
    }
    switch (Flags &
            (EXP_POOL_FLAG_NON_PAGED | EXP_POOL_FLAG_NON_PAGED_EXECUTE | EXP_POOL_FLAG_PAGED)) {
    case EXP_POOL_FLAG_NON_PAGED:
        Value = NonPagedPoolNx;
        break;
    case EXP_POOL_FLAG_NON_PAGED_EXECUTE:
        Value = NonPagedPoolExecute;
        break;
    case EXP_POOL_FLAG_PAGED:
        Value = PagedPool;
        break;
    default:
        return FALSE;
    }
    Value |= (Flags & EXP_POOL_FLAG_CACHE_ALIGNED) != 0 ? NonPagedPoolCacheAligned : 0;
    Value |= (Flags & EXP_POOL_FLAG_UNINITIALIZED) != 0 ? 0 : POOL_ZERO_ALLOCATION;
    *Type = (POOL_TYPE)Value;
    return TRUE;
}

/* ExpAllocateByFlags: ExAllocatePool2 for a caller whose other arguments are right, or are not. */
static PVOID ExpAllocateByFlags(BOOLEAN Right, ULONG64 Flags, SIZE_T Bytes, ULONG Tag, PVOID Caller)
{
    BOOLEAN Raise = (Flags & EXP_POOL_FLAG_RAISE_ON_FAILURE) != 0;
    POOL_TYPE Type;

    if (!Right || Tag == 0 || !ExpTypeOfFlags(Flags, &Type)) {
        if (Raise) {
            ExpRaise(STATUS_INVALID_PARAMETER, Caller);
        }
        return NULL;
    }
    return ExpAllocate(Type, Bytes, Tag, Raise, Caller);
}

/*
 * ExAllocatePool2: allocate pool, zeroed unless POOL_FLAG_UNINITIALIZED.
 * ["ExAllocatePool2 function (wdm.h)", "POOL_FLAGS"]
 * => NULL, or an exception with POOL_FLAG_RAISE_ON_FAILURE: memory is short, Tag is 0, bad flags
 */
PVOID NTAPI ExAllocatePool2(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag)
{
    return ExpAllocateByFlags(TRUE, Flags, NumberOfBytes, Tag, __builtin_return_address(0));
}

/* ExpAreParametersRight: can ExAllocatePool3 do what its extended parameters ask for? */
static BOOLEAN ExpAreParametersRight(const EXP_POOL_PARAMETER *Parameters, ULONG Count)
{
    for (ULONG Index = 0; Index < Count; Index++) {
        /* One node, no reserves: these two change nothing.  Secure pool does not exist. */
        if (!Parameters[Index].Optional && Parameters[Index].Type != EXP_POOL_PARAMETER_PRIORITY &&
            Parameters[Index].Type != EXP_POOL_PARAMETER_NODE) {
            return FALSE;
        }
    }
    return TRUE;
}

/* ExAllocatePool3: ExAllocatePool2 with parameters. ["ExAllocatePool3 function (wdm.h)"] */
PVOID NTAPI ExAllocatePool3(ULONG64 Flags, SIZE_T NumberOfBytes, ULONG Tag,
                            const EXP_POOL_PARAMETER *ExtendedParameters,
                            ULONG ExtendedParametersCount)
{
    return ExpAllocateByFlags(ExpAreParametersRight(ExtendedParameters, ExtendedParametersCount),
                              Flags, NumberOfBytes, Tag, __builtin_return_address(0));
}

/* ExFreePool: free pool. ["ExFreePool function (ntddk.h)"] */
VOID NTAPI ExFreePool(PVOID P)
{
    ExpFreeBlock(P, 0, __builtin_return_address(0));
}

/*
 * ExFreePoolWithTag: free pool, which must have this tag unless it is 0.
 * ["ExFreePoolWithTag function (wdm.h)"]
 */
VOID NTAPI(ExFreePoolWithTag)(PVOID P, ULONG Tag)
{
    ExpFreeBlock(P, Tag, __builtin_return_address(0));
}

/* ExFreePool2: the same with parameters, none of which means anything here. ["ExFreePool2 function
 * (wdm.h)"] */
VOID NTAPI ExFreePool2(PVOID P, ULONG Tag, const EXP_POOL_PARAMETER *ExtendedParameters,
                       ULONG ExtendedParametersCount)
{
    (VOID) ExtendedParameters;
    (VOID) ExtendedParametersCount;
    ExpFreeBlock(P, Tag, __builtin_return_address(0));
}

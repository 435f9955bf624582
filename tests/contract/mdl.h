/* SPDX-License-Identifier: MIT */
/* mdl.h: an MDL for two pages of pool, for drivers that use it as they must not. */
#pragma once

#include "contract.h"

static inline PMDL ContractMdl(VOID)
{
    PUCHAR Buffer = ExAllocatePoolWithTag(NonPagedPoolNx, 2 * PAGE_SIZE, 'siMT');

    return IoAllocateMdl(Buffer, 2 * PAGE_SIZE, FALSE, FALSE, NULL);
}

static inline PMDL ContractLockedMdl(VOID)
{
    PMDL Mdl = ContractMdl();

    MmProbeAndLockPages(Mdl, KernelMode, IoReadAccess);
    return Mdl;
}

/* SPDX-License-Identifier: MIT */
/*
 * pe_function.c: the exception directory (.pdata), sorted by address.
 */
#include "pe_format.h"

uint32_t LdrPeFunctionCount(const PE_IMAGE *Image)
{
    if (Image->Directory[PE_DIRECTORY_EXCEPTION].Rva == 0) {
        return 0;
    }
    return Image->Directory[PE_DIRECTORY_EXCEPTION].Size / (uint32_t)sizeof(PE_RUNTIME_FUNCTION);
}

bool LdrPeFindFunctionEntry(const PE_IMAGE *Image, const void *View, uint32_t Rva,
                            PE_FUNCTION *Function)
{
    uint32_t Table = Image->Directory[PE_DIRECTORY_EXCEPTION].Rva;
    uint32_t Low = 0, High = LdrPeFunctionCount(Image);

    while (Low < High) {
        uint32_t Middle = Low + (High - Low) / 2;
        uint64_t EntryRva = Table + (uint64_t)Middle * sizeof(PE_RUNTIME_FUNCTION);
        PE_RUNTIME_FUNCTION Entry;

        if (!LdrpPeCopy(Image, View, EntryRva, &Entry, sizeof(Entry))) {
            return false;
        }
        if (Rva < Entry.Begin) {
            High = Middle;
        } else if (Rva >= Entry.End) {
            Low = Middle + 1;
        } else {
            *Function = (PE_FUNCTION){ Entry.Begin, Entry.End, Entry.UnwindInfo,
                                       (uint32_t)EntryRva };
            return true;
        }
    }
    return false;
}

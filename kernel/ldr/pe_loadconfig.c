/* SPDX-License-Identifier: MIT */
/*
 * pe_loadconfig.c: what a loader owes to code compiled with /GS and /guard:cf.
 *
 * The load configuration says where the image keeps its security cookie, and
 * the pointers through which it has indirect calls checked.  The addresses in
 * it are absolute and relocated with the image, so they are turned back into
 * RVAs by the base at which the image runs.
 *
 * Reference: Microsoft, "IMAGE_LOAD_CONFIG_DIRECTORY64" and "PE Format",
 * section "The Load Configuration Structure".
 */
#include "pe_format.h"

#define PE_CONFIG_SECURITY_COOKIE   0x58u
#define PE_CONFIG_GUARD_CHECK       0x70u
#define PE_CONFIG_GUARD_DISPATCH    0x78u

/* On x64 the upper 16 bits are zero, so that a string copy cannot run over all of it. */
#define PE_COOKIE_MASK              0x0000FFFFFFFFFFFFull

/*
 * LdrpPeConfigPointer: find what the field at Offset points to.
 * => *Rva: 0 if the directory does not have the field, or it is null
 * => false if it points out of the image
 */
static bool LdrpPeConfigPointer(const PE_IMAGE *Image, const void *View, uint32_t Offset,
                                uint64_t *Rva)
{
    uint64_t Config = Image->Directory[PE_DIRECTORY_LOAD_CONFIG].Rva;
    uint64_t Pointer;
    uint32_t Size;

    *Rva = 0;
    if (!LdrpPeCopy(Image, View, Config, &Size, sizeof(Size))) {
        return false;
    }
    if (Size < Offset + sizeof(Pointer)) {
        return true;
    }
    if (!LdrpPeCopy(Image, View, Config + Offset, &Pointer, sizeof(Pointer))) {
        return false;
    }
    if (Pointer == 0) {
        return true;
    }
    *Rva = Pointer - Image->ImageBase;
    return Pointer > Image->ImageBase && LdrpPeInside(*Rva, sizeof(uint64_t), Image->Size);
}

/*
 * LdrpPeCookie: make a usable cookie of a random value.
 */
static uint64_t LdrpPeCookie(uint64_t Random)
{
    uint64_t Cookie = Random & PE_COOKIE_MASK;

    return Cookie == 0 || Cookie == PE_DEFAULT_COOKIE ? PE_DEFAULT_COOKIE + 1 : Cookie;
}

static void LdrpPeSetPointer(uint8_t *View, uint64_t Rva, uint64_t Value)
{
    if (Rva != 0 && Value != 0) {
        __builtin_memcpy(View + Rva, &Value, sizeof(Value));
    }
}

PE_STATUS LdrPeApplyLoadConfig(const PE_IMAGE *Image, void *View,
                               const PE_LOAD_CONFIG_VALUES *Values)
{
    uint64_t CookieRva, CheckRva, DispatchRva, Cookie;

    if (Image->Directory[PE_DIRECTORY_LOAD_CONFIG].Rva == 0) {
        return PE_SUCCESS;
    }
    if (!LdrpPeConfigPointer(Image, View, PE_CONFIG_SECURITY_COOKIE, &CookieRva) ||
        !LdrpPeConfigPointer(Image, View, PE_CONFIG_GUARD_CHECK, &CheckRva) ||
        !LdrpPeConfigPointer(Image, View, PE_CONFIG_GUARD_DISPATCH, &DispatchRva)) {
        return PE_BAD_LOAD_CONFIG;
    }
    if (CookieRva != 0) {
        __builtin_memcpy(&Cookie, (uint8_t *)View + CookieRva, sizeof(Cookie));
        if (Cookie == 0 || Cookie == PE_DEFAULT_COOKIE) {
            LdrpPeSetPointer(View, CookieRva, LdrpPeCookie(Values->Cookie));
        }
    }
    LdrpPeSetPointer(View, CheckRva, Values->GuardCheck);
    LdrpPeSetPointer(View, DispatchRva, Values->GuardDispatch);
    return PE_SUCCESS;
}

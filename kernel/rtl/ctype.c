/* SPDX-License-Identifier: MIT */
/*
 * ctype.c: classes and case of characters in the C locale.
 *
 * Any IRQL.  Characters beyond ASCII belong to no class and have no case, EOF
 * too.  Reference pages: "isdigit, iswdigit, _isdigit_l, _iswdigit_l" and its
 * neighbours, "tolower, _tolower, towlower, _tolower_l, _towlower_l",
 * "toupper, _toupper, towupper, _toupper_l, _towupper_l".
 */
#include <stdbool.h>

#include "crt.h"

static bool RtlpIsBetween(int Character, int First, int Last)
{
    return Character >= First && Character <= Last;
}

int RTLCRT isdigit(int Character)
{
    return RtlpIsBetween(Character, '0', '9');
}

int RTLCRT islower(int Character)
{
    return RtlpIsBetween(Character, 'a', 'z');
}

int RTLCRT isupper(int Character)
{
    return RtlpIsBetween(Character, 'A', 'Z');
}

int RTLCRT isalpha(int Character)
{
    return islower(Character) || isupper(Character);
}

int RTLCRT isalnum(int Character)
{
    return isalpha(Character) || isdigit(Character);
}

int RTLCRT iscntrl(int Character)
{
    return RtlpIsBetween(Character, 0, 31) || Character == 127;
}

int RTLCRT isgraph(int Character)
{
    return RtlpIsBetween(Character, 33, 126);
}

int RTLCRT isprint(int Character)
{
    return RtlpIsBetween(Character, 32, 126);
}

int RTLCRT ispunct(int Character)
{
    return isgraph(Character) && !isalnum(Character);
}

int RTLCRT isspace(int Character)
{
    return Character == ' ' || RtlpIsBetween(Character, '\t', '\r');
}

int RTLCRT isxdigit(int Character)
{
    return isdigit(Character) || RtlpIsBetween(Character, 'a', 'f') ||
           RtlpIsBetween(Character, 'A', 'F');
}

int RTLCRT tolower(int Character)
{
    return isupper(Character) ? Character + ('a' - 'A') : Character;
}

int RTLCRT toupper(int Character)
{
    return islower(Character) ? Character - ('a' - 'A') : Character;
}

int RTLCRT iswalnum(uint16_t Character)
{
    return isalnum(Character);
}

int RTLCRT iswalpha(uint16_t Character)
{
    return isalpha(Character);
}

int RTLCRT iswdigit(uint16_t Character)
{
    return isdigit(Character);
}

int RTLCRT iswlower(uint16_t Character)
{
    return islower(Character);
}

int RTLCRT iswspace(uint16_t Character)
{
    return isspace(Character);
}

int RTLCRT iswupper(uint16_t Character)
{
    return isupper(Character);
}

int RTLCRT iswxdigit(uint16_t Character)
{
    return isxdigit(Character);
}

uint16_t RTLCRT towlower(uint16_t Character)
{
    return (uint16_t)tolower(Character);
}

uint16_t RTLCRT towupper(uint16_t Character)
{
    return (uint16_t)toupper(Character);
}

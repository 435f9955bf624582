/* SPDX-License-Identifier: MIT */
/* variables.c: variables of many types, and labels of assembler code, for test_symbols. */

typedef struct {
    short Tag;
    struct {
        int First, Second;
    } Pair[2];
    union {
        int Small;
        long long Large;
    } Either;
    unsigned Bits : 3;
} Record;

int Exported = 1;
static volatile int Counter;
static volatile Record Records[3];
static volatile char Grid[2][3];
static volatile const char *volatile Text;

/* A routine that is a label only, and one with a label within. */
__asm__(".text\n"
        "Bare:\tnop\n\tret\n"
        ".seh_proc Unwound\n"
        "Unwound:\tnop\n\t.seh_endprologue\n"
        "Within:\tnop\n\tret\n\t.seh_endproc\n");

int DriverEntry(void)
{
    static volatile int Static;
    volatile int here = Static++;

    Counter++;
    Records[here].Pair[1].Second = here;
    Records[here].Either.Small = here;
    Records[here].Bits = 1;
    Grid[1][here] = 1;
    Text = &Grid[0][0];
    return Exported;
}

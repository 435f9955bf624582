/* SPDX-License-Identifier: MIT */
/*
 * driver.c: a driver with one of everything that a loader has to deal with:
 * imports by name, by ordinal, of data and through forwarders, relocated
 * pointers, zeroed data, an INIT and a PAGE section.
 */
__declspec(dllimport) int FakeAdd(int Left, int Right);
__declspec(dllimport) int FakeTwice(int Value);
__declspec(dllimport) int FakeNegate(int Value);
__declspec(dllimport) int HalSquare(int Value);
__declspec(dllimport) int HalCube(int Value);
__declspec(dllimport) extern int FakeNumber;

static int Increment(int Value)
{
    return Value + 1;
}

__attribute__((section("PAGE"))) static int Decrement(int Value)
{
    return Value - 1;
}

static int (*const volatile Steps[])(int) = { Increment, Decrement, Increment };
static volatile int Zeroed[64];

/* 1 + (3 + 4) + 2 * 5 - 6 + 7 * 7 + 2 * 2 * 2 + 42 = 111 */
__attribute__((section("INIT"))) __declspec(dllexport) int DriverEntry(void)
{
    int Result = FakeAdd(3, 4) + FakeTwice(5) + FakeNegate(6) + HalSquare(7) + HalCube(2) +
                 FakeNumber;

    for (unsigned Index = 0; Index < sizeof(Steps) / sizeof(Steps[0]); Index++) {
        Result = Steps[Index](Result);
    }
    for (unsigned Index = 0; Index < sizeof(Zeroed) / sizeof(Zeroed[0]); Index++) {
        Result += Zeroed[Index];
    }
    return Result;
}

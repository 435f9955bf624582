/* SPDX-License-Identifier: MIT */
/*
 * guarded.c: a driver as MSVC would compile it with /GS and /guard:cf: a
 * buffer behind a security cookie, an indirect call through the guard.
 */
__declspec(dllimport) int FakeAdd(int Left, int Right);
__declspec(dllimport) extern int FakeNumber;

extern unsigned long long __security_cookie;

static int Increment(int Value)
{
    return Value + 1;
}

static int (*volatile Step)(int) = Increment;

__declspec(dllexport) unsigned long long ReadCookie(void)
{
    return __security_cookie;
}

__attribute__((noinline)) static int Sum(const volatile char *From, int Count)
{
    volatile char Buffer[64];
    int Total = 0;

    for (int Index = 0; Index < Count; Index++) {
        Buffer[Index] = From[Index];
    }
    for (int Index = 0; Index < Count; Index++) {
        Total += Buffer[Index];
    }
    return Total;
}

/* 1 + (1 + 2 + 3) + (4 + 5) + 42 = 58 */
__declspec(dllexport) int DriverEntry(void)
{
    static const volatile char Bytes[] = { 1, 2, 3 };

    return Step(Sum(Bytes, 3) + FakeAdd(4, 5) + FakeNumber);
}

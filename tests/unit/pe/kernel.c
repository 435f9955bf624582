/* SPDX-License-Identifier: MIT */
/* kernel.c: a stand-in for ntoskrnl.exe that test images import from. */

int FakeNumber = 42;

int FakeAdd(int Left, int Right)
{
    return Left + Right;
}

int FakeTwice(int Value)
{
    return 2 * Value;
}

int FakeNegate(int Value)
{
    return -Value;
}

int KernelEntry(void)
{
    return FakeNumber;
}

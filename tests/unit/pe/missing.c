/* SPDX-License-Identifier: MIT */
/* missing.c: a driver that imports more than there is. */
__declspec(dllimport) int FakeAdd(int Left, int Right);
__declspec(dllimport) int FakeAbsent(void);
__declspec(dllimport) int FakeLost(void);
__declspec(dllimport) int OtherThing(void);

int DriverEntry(void)
{
    return FakeAdd(1, 2) + FakeAbsent() + FakeLost() + OtherThing();
}

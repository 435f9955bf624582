/* SPDX-License-Identifier: MIT */
/* kmdf.c: a driver that imports from the KMDF loader. */
__declspec(dllimport) int WdfVersionBind(void);

int DriverEntry(void)
{
    return WdfVersionBind();
}

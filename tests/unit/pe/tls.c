/* SPDX-License-Identifier: MIT */
/* tls.c: a driver with a TLS directory, which no kernel provides for. */

const unsigned long long _tls_used[5];

int DriverEntry(void)
{
    return 0;
}

/* SPDX-License-Identifier: MIT */
/* hal.c: a stand-in for hal.dll: the target of forwarders, without an entry point. */

int HalSquare(int Value)
{
    return Value * Value;
}

int HalCube(int Value)
{
    return Value * Value * Value;
}

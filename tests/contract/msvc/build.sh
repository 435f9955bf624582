#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh: build a driver as MSVC would, with clang for the msvc target and lld-link.
# usage: build.sh guarded|plain SOURCE SUPPORT NTOSKRNL.LIB DDK OUTPUT
set -eu

style=$1 source=$2 support=$3 library=$4 ddk=$5 output=$6
objects=$output.objects
mkdir -p "$objects"

# -fgnuc-version: mingw-w64's headers take their GNU form.
clang="clang --target=x86_64-pc-windows-msvc -fgnuc-version=4.2.1 -std=gnu11 -O2 -ffreestanding
       -fms-extensions -mno-stack-arg-probe -fasynchronous-unwind-tables -Wall -Werror
       -Wno-unknown-pragmas -Wno-ignored-attributes -Wno-multichar -Wno-pragma-pack -isystem $ddk -isystem $ddk/.."
link="lld-link /nologo /driver /subsystem:native /entry:DriverEntry /nodefaultlib /dynamicbase
      /timestamp:0 /out:$output"

if [ "$style" = guarded ]; then
    guards="-fstack-protector-all -Xclang -cfguard"
    $clang $guards -c "$source" -o "$objects/driver.obj"
    $clang -c "$support" -o "$objects/support.obj"
    $link /guard:cf "$objects/driver.obj" "$objects/support.obj" "$library"
else
    $clang -c "$source" -o "$objects/driver.obj"
    $link "$objects/driver.obj" "$library"
fi

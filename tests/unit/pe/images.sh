#!/bin/sh
# SPDX-License-Identifier: MIT
# images.sh: build the images that test_pe loads and fuzz_pe starts from.
# usage: images.sh OUTPUT-DIRECTORY
# Intermediate files go to OUTPUT-DIRECTORY/pe-objects.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
support=$here/../../contract/msvc/msvc_support.c
mkdir -p "$1/pe-objects"
out=$(cd "$1" && pwd)
cd "$out/pe-objects"

gcc=x86_64-w64-mingw32-gcc
cflags="-std=gnu11 -ffreestanding -fno-stack-protector -mno-red-zone -mno-stack-arg-probe -O1 -Wall
        -Wextra -Werror"
ldflags="-nostdlib -s -Wl,--subsystem,native -Wl,--entry,DriverEntry -Wl,--no-insert-timestamp"

# import_library DEF: GNU ld links nothing from a library made by LLVM's dlltool, so both exist.
import_library()
{
    TMPDIR=. x86_64-w64-mingw32-dlltool -d "$here/$1.def" -l "lib$1.a"
    llvm-dlltool -m i386:x86-64 -d "$here/$1.def" -l "$1.lib"
}

for def in kernel second hal kmdf missing other; do
    import_library "$def"
done

# The modules that others import from; GNU ld writes the forwarders from the .def.
$gcc $cflags -nostdlib -s -Wl,--subsystem,native -Wl,--entry,KernelEntry -Wl,--no-insert-timestamp \
    -Wl,--image-base,0xFFFFF80200000000 "$here/kernel.c" "$here/kernel.def" -o "$out/ntoskrnl.exe"
$gcc $cflags -nostdlib -shared -s -Wl,--subsystem,native -Wl,--entry,0 -Wl,--no-insert-timestamp \
    "$here/hal.c" "$here/hal.def" -o "$out/hal.dll"

# Two import libraries for one DLL give two descriptors.
$gcc $cflags $ldflags -shared -Wl,--dynamicbase "$here/driver.c" libsecond.a libkernel.a \
    -o "$out/driver.sys"
$gcc $cflags $ldflags -shared -Wl,--dynamicbase "$here/missing.c" libmissing.a libother.a \
    -o "$out/missing.sys"
$gcc $cflags $ldflags -shared -Wl,--dynamicbase "$here/kmdf.c" libkmdf.a -o "$out/kmdf.sys"
$gcc $cflags $ldflags -shared -Wl,--dynamicbase "$here/tls.c" -o "$out/tls.sys"

# No .reloc and no .pdata: GNU ld then says that they cannot move.
bare="-fno-asynchronous-unwind-tables -Wl,--disable-reloc-section"
$gcc $cflags $ldflags $bare "$here/absolute.c" -o "$out/fixed.sys"
$gcc $cflags $ldflags $bare "$here/plain.c" -o "$out/bare.sys"

# Sections smaller than pages.
$gcc $cflags $ldflags -shared -Wl,--dynamicbase -Wl,--section-alignment,512 \
    -Wl,--file-alignment,512 "$here/driver.c" libkernel.a -o "$out/dense.sys"

# MSVC-style, with guards and without; the latter has no relocations and says that it can move.
clang="clang --target=x86_64-pc-windows-msvc -std=gnu11 -ffreestanding -O1 -Wall -Wextra -Werror
       -fstack-protector-strong -mno-stack-arg-probe -Xclang -cfguard"
$clang -c "$here/guarded.c" -o guarded.obj
$clang -c "$support" -o msvc_support.obj
link="lld-link /nologo /driver /subsystem:native /entry:DriverEntry /nodefaultlib /dynamicbase
      /timestamp:0"
$link /guard:cf /out:"$out/guarded.sys" /implib:guarded_exports.lib guarded.obj msvc_support.obj \
    kernel.lib
clang --target=x86_64-pc-windows-msvc -std=gnu11 -ffreestanding -O1 -c "$here/plain.c" -o plain.obj
$link /out:"$out/movable.sys" plain.obj

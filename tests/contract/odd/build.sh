#!/bin/sh
# SPDX-License-Identifier: MIT
# build.sh: link a driver by hand, in one of the ways in which drivers differ from `allcall cc`'s.
# usage: build.sh SOURCE DDK OUTPUT; the way is the source's name
set -eu

source=$1 ddk=$2 output=$3
way=$(basename "$source" .c)
objects=$output.objects
mkdir -p "$objects"

compile="x86_64-w64-mingw32-gcc -O2 -Wall -Werror -Wno-unknown-pragmas -Wno-array-bounds
         -Wno-multichar -ffreestanding -fno-stack-protector -mno-stack-arg-probe -mno-red-zone
         -isystem $ddk"
link="-nostdlib -Wl,--subsystem,native -Wl,--entry,DriverEntry"

# library DLL NAME...: an import library of its own for some names of a DLL.
library()
{
    dll=$1
    shift
    number=$((number + 1))
    { echo "LIBRARY $dll"; echo EXPORTS; printf '%s\n' "$@"; } > "$objects/$number.def"
    TMPDIR=$objects x86_64-w64-mingw32-dlltool -d "$objects/$number.def" -l "$objects/lib$number.a"
    libraries="$libraries $objects/lib$number.a"
}
number=0 libraries=

case $way in
by_hand) # as a user would: everything from mingw-w64
    $compile $link -shared "$source" -o "$output" -lntoskrnl -lhal
    ;;
two_descriptors)
    library NtOsKrnl.EXE KeIpiGenericCall
    library HAL.dll KeStallExecutionProcessor READ_PORT_UCHAR
    library hal.DLL KeQueryPerformanceCounter
    library ntoskrnl.exe 'KeNumberProcessors DATA'
    $compile $link -shared -Wl,--dynamicbase "$source" -o "$output" $libraries
    ;;
bare)
    library ntoskrnl.exe KeIpiGenericCall DbgPrint 'KeNumberProcessors DATA'
    $compile $link -shared -s -fno-asynchronous-unwind-tables -Wl,--disable-reloc-section "$source" \
        -o "$output" $libraries
    if x86_64-w64-mingw32-objdump -h "$output" | grep -q '\.reloc\|\.pdata'; then
        echo "build.sh: $output is not bare" >&2
        exit 1
    fi
    ;;
esac

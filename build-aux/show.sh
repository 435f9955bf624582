#!/usr/bin/env bash
# SPDX-License-Identifier: MIT
# show.sh BUILD: the main job, on the sample drivers: what `./run` shows.
build=$1

# show SENTENCE ARGUMENT...: say what comes, show the command, run it.
show() {
    printf '\n── %s\n   $ allcall %s\n\n' "$1" "${*:2}"
    (cd "$build" && ./allcall "${@:2}")
}

printf 'allcall: KeIpiGenericCall for real, on a small NT-compatible kernel: simulated, and in QEMU.\n'
show 'Every processor reads a register of its own into a slot of its own.' \
    run drivers/read_msr.sys || exit
show 'All processors are held while one of them patches code.' \
    run drivers/corral.sys || exit
show 'How far apart do 4 processors start?  (The first calls are drawn, all 100 are summed up.)' \
    run drivers/skew.sys || exit
show 'In QEMU: a page is dropped from every TLB, and a helper runs a function on each processor.' \
    run --machine qemu --processors 4 drivers/flush_tlb.sys drivers/for_each_processor.sys || exit
show 'A driver that makes the call when a request asks it to: a register and the number of each processor.' \
    run --ioctl 0x222000:1B000000 --ioctl 0x222004 --read 8 drivers/ask_all.sys || exit
show 'A driver with a mistake, under a hundred schedules.' \
    explore --schedules 100 drivers/broken/racy_counter.sys
[ $? = 1 ] || exit

cat <<'TEXT'

── Next
   Write your own driver (README.md, "Your first driver"), then:
     build/allcall cc mine.c -o mine.sys
     build/allcall run --processors 8 mine.sys
   man docs/man/allcall.1 explains every option; ./test runs all tests.
TEXT

# SPDX-License-Identifier: MIT
# setup.sh: what ./run and ./test share: install what is missing, configure, build.  Sourced by bash.

top=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build=$top/build
meson_options=()

# Debian packages that building and running need, and those that only the tests need.
run_packages=(gcc libc6-dev meson ninja-build pkg-config python3 gcc-mingw-w64-x86-64
    mingw-w64-x86-64-dev binutils-mingw-w64-x86-64 llvm qemu-system-x86 libdw-dev
    libelf-dev libunicorn-dev libcapstone-dev)
test_packages=(clang lld libclang-rt-14-dev libcmocka-dev spin mandoc)

# die MESSAGE: end with a clear error.
die() {
    printf '%s: %s\n' "$(basename "$0")" "$1" >&2
    exit 2
}

# missing_packages PACKAGE...: print those that are not installed.
missing_packages() {
    local package
    for package; do
        [ "$(dpkg-query -W -f '${db:Status-Status}' "$package" 2>/dev/null)" = installed ] ||
            printf '%s\n' "$package"
    done
}

# as_root COMMAND...: run it as root, without asking for anything.
as_root() {
    if [ "$(id -u)" = 0 ]; then
        "$@"
    else
        command -v sudo >/dev/null || die "not root and no sudo: ask an administrator to run: $*"
        sudo -n "$@" || die "sudo -n failed: run it yourself: $*"
    fi
}

# need_commands: elsewhere than on Debian, name what is missing in words.
need_commands() {
    local missing=() command
    for command in gcc meson ninja pkg-config python3 x86_64-w64-mingw32-gcc llvm-dlltool \
        qemu-system-x86_64; do
        command -v "$command" >/dev/null || missing+=("$command")
    done
    for command in libdw libelf unicorn capstone; do
        pkg-config --exists "$command" 2>/dev/null || missing+=("the $command development files")
    done
    [ ${#missing[@]} = 0 ] && return
    printf 'This is not Debian (or a relative), so nothing was installed.  Please install:\n' >&2
    printf '  %s\n' "${missing[@]}" >&2
    printf 'On Debian 12 that is: %s\n' "$*" >&2
    exit 2
}

# install_packages PACKAGE...: install the missing ones of these.
install_packages() {
    local missing
    if ! command -v apt-get >/dev/null || ! command -v dpkg-query >/dev/null; then
        need_commands "$@"
        return
    fi
    mapfile -t missing < <(missing_packages "$@")
    [ ${#missing[@]} = 0 ] && return
    printf 'Installing: %s\n' "${missing[*]}" >&2
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq update >/dev/null || die 'apt-get update failed'
    as_root env DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install \
        "${missing[@]}" >/dev/null </dev/null || die "apt-get could not install: ${missing[*]}"
}

# build_all: configure once, then build what has changed; quiet unless it fails.
build_all() {
    local log
    log=$(mktemp) || die 'no temporary file'
    if [ ! -f "$build/build.ninja" ]; then
        printf 'Configuring and building in %s\n' "$build" >&2
        meson setup "$build" "$top" --cross-file "$top/mingw.ini" "${meson_options[@]}" >"$log" 2>&1 ||
            { cat "$log" >&2; rm -f "$log"; die 'meson setup failed'; }
    fi
    ninja -C "$build" >"$log" 2>&1 || { cat "$log" >&2; rm -f "$log"; die 'the build failed'; }
    rm -f "$log"
}

/* SPDX-License-Identifier: MIT */
/*
 * paths.c: find the kernel, its import libraries and the SDK beside the command.
 */
#define _GNU_SOURCE
#include "paths.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common.h"

static const struct {
    const char *installed; /* under PREFIX */
    const char *built;     /* under the build folder */
} places[] = {
    [FILE_NTOSKRNL] = { "lib/allcall/ntoskrnl.exe", "kernel/ntoskrnl.exe" },
    [FILE_HAL] = { "lib/allcall/hal.dll", "hal/pc/hal.dll" },
    [FILE_BOOT] = { "lib/allcall/pvh.elf", "boot/pvh.elf" },
    [FILE_NTOSKRNL_LIB] = { "lib/allcall/libntoskrnl.a", "kernel/libntoskrnl.a" },
    [FILE_HAL_LIB] = { "lib/allcall/libhal.a", "hal/pc/libhal.a" },
    [FILE_SDK] = { "include/allcall", "include/sdk" },
    [FILE_BENCH_DRIVER] = { "lib/allcall/empty_call.sys", "bench/empty_call.sys" },
};

/* own_folder: the folder that the running program lies in; the caller frees. */
static char *own_folder(void)
{
    char path[4096];
    ssize_t length = readlink("/proc/self/exe", path, sizeof(path) - 1);
    char *slash;

    if (length < 0) {
        return NULL;
    }
    path[length] = '\0';
    slash = strrchr(path, '/');
    if (slash == NULL) {
        return NULL;
    }
    *slash = '\0';
    return xstrdup(path);
}

/* try: the path if something readable is there, else NULL. */
static char *try(char *path)
{
    if (access(path, R_OK) == 0) {
        return path;
    }
    free(path);
    return NULL;
}

char *allcall_path(enum allcall_file file)
{
    char *folder = own_folder();
    char *path;

    if (folder == NULL) {
        complain("cannot find out where this command lies: /proc/self/exe: %s", strerror(errno));
        return NULL;
    }
    path = try(xasprintf("%s/%s", folder, places[file].built));
    if (path == NULL && strcmp(base_name(folder), "bin") == 0) {
        char *prefix = xstrdup(folder);

        *strrchr(prefix, '/') = '\0';
        path = try(xasprintf("%s/%s", prefix, places[file].installed));
        free(prefix);
    }
    if (path == NULL) {
        complain(
            "%s is missing: neither %s/%s (a build folder) nor ../%s (installed) exists; is the "
            "build or the installation complete?",
            base_name(places[file].built), folder, places[file].built, places[file].installed);
    }
    free(folder);
    return path;
}

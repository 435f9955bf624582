/* SPDX-License-Identifier: MIT */
/*
 * gdb.c: the commands that attach gdb with symbols.
 *
 * The boot path puts kernel and HAL where loader.h says, so their symbols can
 * be loaded before the machine runs; a driver's place is known when it has been
 * loaded, and gdb's next stop is in time for it.
 */
#define _GNU_SOURCE
#include "gdb.h"

#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "loader.h"

uint16_t gdb_free_port(void)
{
    struct sockaddr_in address = { .sin_family = AF_INET,
                                   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    socklen_t length = sizeof(address);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    uint16_t port = 0;

    if (fd >= 0 && bind(fd, (struct sockaddr *)&address, length) == 0 &&
        getsockname(fd, (struct sockaddr *)&address, &length) == 0) {
        port = ntohs(address.sin_port);
    } else {
        complain("no free TCP port for gdb: %s", strerror(errno));
    }
    if (fd >= 0) {
        close(fd);
    }
    return port;
}

/* print_symbols: the command that loads a file's symbols for an image at base. */
static void print_symbols(const struct load_file *file, uint64_t base, FILE *out)
{
    char *path = realpath(file->path, NULL);
    uint64_t offset = base - file->pe.image.ImageBase;

    fprintf(out, "    add-symbol-file '%s'", path != NULL ? path : file->path);
    if (offset != 0) {
        fprintf(out, " -o 0x%llx", (unsigned long long)offset);
    }
    fputc('\n', out);
    free(path);
}

void gdb_explain(const struct load_set *set, uint16_t port, FILE *file)
{
    fprintf(file, "The machine waits for gdb.  In another terminal start gdb and give it these "
                  "commands:\n");
    fprintf(file, "    set architecture i386:x86-64\n");
    print_symbols(&set->ntoskrnl, LOADER_PC_KERNEL_BASE, file);
    print_symbols(&set->hal, LOADER_PC_HAL_BASE, file);
    fprintf(file, "    target remote 127.0.0.1:%u\n", port);
    fprintf(file, "    hbreak KeIpiGenericCall\n");
    fprintf(file, "    continue\n");
    fflush(file);
}

void gdb_explain_image(const struct load_set *set, const struct run_image *image, FILE *file)
{
    if (image->record.Driver >= 0) {
        fprintf(file,
                "%s is at 0x%016llx; give gdb this command at its next stop (Ctrl-C stops it):\n",
                image->name, (unsigned long long)image->record.Base);
        print_symbols(&set->drivers[image->record.Driver], image->record.Base, file);
        fflush(file);
    }
}

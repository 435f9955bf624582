/* SPDX-License-Identifier: MIT */
/*
 * qemu.c: QEMU as a child that cannot outlive its parent.
 *
 * The archive, the report channel, the serial port and the control socket are
 * inherited file descriptors, so nothing is left in the file system.  QEMU gets
 * a process group of its own (Ctrl-C is for this command, which then ends QEMU)
 * and the parent-death signal.
 */
#define _GNU_SOURCE
#include "qemu.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define PROGRAM      "qemu-system-x86_64"
#define RECORDS_ROOM (1024 * 1024) /* bytes that may wait between guest and tool */
#define ARGUMENTS    64
#define EXEC_FAILED  127

/* The command line while it is built; every word is owned. */
struct words {
    char *word[ARGUMENTS + 1];
    size_t count;
};

/* What joins this process and QEMU; [0] is this end of each, -1 = none. */
struct channels {
    int records[2];
    int console[2];
    int qmp[2];
    int messages[2];
};

static void add(struct words *words, char *word)
{
    if (words->count < ARGUMENTS) {
        words->word[words->count++] = word;
    } else {
        free(word);
    }
}

static void add_all(struct words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        add(words, xstrdup(*list));
    }
}

static void build(struct words *words, const struct machine_shape *shape,
                  const struct qemu_options *options, const struct channels *channels)
{
    static const char *const fixed[] = {
        PROGRAM,
        "-machine",
        "q35",
        "-cpu",
        "max,-svm", /* no virtual machine inside the machine, and CPUID says so */
        "-display",
        "none",
        "-nodefaults",
        "-no-user-config",
        "-no-reboot",
        "-bios",
        "qboot.rom",
        "-monitor",
        "none",
        "-device",
        "isa-debug-exit,iobase=0xf4,iosize=4",
        "-device",
        "isa-debugcon,iobase=0xe9,chardev=records",
        "-serial",
        "chardev:console",
        "-mon",
        "chardev=qmp,mode=control",
        NULL,
    };

    add_all(words, fixed);
    add(words, xstrdup("-accel"));
    add(words, xstrdup(strcmp(options->accel, ACCEL_TURNS) == 0 ? "tcg,thread=single" : options->accel));
    add(words, xstrdup("-smp"));
    add(words, xasprintf("%u", shape_processors(shape)));
    add(words, xstrdup("-m"));
    add(words, xasprintf("%u", shape_memory_mib(shape)));
    add(words, xstrdup("-kernel"));
    add(words, xstrdup(options->boot));
    add(words, xstrdup("-initrd"));
    add(words, xasprintf("/proc/self/fd/%d", options->archive));
    add(words, xstrdup("-append"));
    add(words, shape_kernel_options(shape));
    add(words, xstrdup("-chardev"));
    add(words, xasprintf("file,id=records,path=/proc/self/fd/%d", channels->records[1]));
    add(words, xstrdup("-chardev"));
    add(words, xasprintf("file,id=console,path=/proc/self/fd/%d", channels->console[1]));
    add(words, xstrdup("-chardev"));
    add(words, xasprintf("socket,id=qmp,fd=%d", channels->qmp[1]));
    if (options->exact) {
        add(words, xstrdup("-icount"));
        add(words, xstrdup("shift=0,sleep=off"));
    }
    if (options->gdb_port != 0) {
        add(words, xstrdup("-S"));
        add(words, xstrdup("-gdb"));
        add(words, xasprintf("tcp:127.0.0.1:%u", options->gdb_port));
    }
}

/* inherit: let a descriptor survive exec. */
static void inherit(int fd)
{
    fcntl(fd, F_SETFD, fcntl(fd, F_GETFD) & ~FD_CLOEXEC);
}

/* become_qemu: the child.  Only async-signal-safe calls. */
static _Noreturn void become_qemu(const struct words *words, pid_t parent, int archive,
                                  const struct channels *channels)
{
    int nothing = open("/dev/null", O_RDWR);
    sigset_t none;

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) {
        _exit(EXEC_FAILED);
    }
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGPIPE, SIG_DFL);
    dup2(nothing, STDIN_FILENO);
    dup2(nothing, STDOUT_FILENO);
    dup2(channels->messages[1], STDERR_FILENO);
    inherit(channels->records[1]);
    inherit(channels->console[1]);
    inherit(channels->qmp[1]);
    inherit(archive);
    execvp(words->word[0], words->word);
    _exit(EXEC_FAILED);
}

/* is_installed: is the program in one of PATH's folders? */
static bool is_installed(void)
{
    const char *path = getenv("PATH");
    const char *next = path != NULL ? path : "/usr/local/bin:/usr/bin:/bin";
    bool found = false;

    while (!found && *next != '\0') {
        size_t length = strcspn(next, ":");
        char *file = xasprintf("%.*s/" PROGRAM, (int)length, next);

        found = access(file, X_OK) == 0;
        free(file);
        next += length;
        next += *next == ':';
    }
    return found;
}

/*
 * open_channels: three pipes and a socket.
 * => QEMU writes the report byte by byte: a pipe packs these, a socket would keep each by itself
 */
static bool open_channels(struct channels *channels)
{
    if (pipe2(channels->records, O_CLOEXEC) != 0 || pipe2(channels->console, O_CLOEXEC) != 0 ||
        socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, channels->qmp) != 0 ||
        pipe2(channels->messages, O_CLOEXEC) != 0) {
        return false;
    }
    fcntl(channels->records[0], F_SETPIPE_SZ, RECORDS_ROOM);
    return true;
}

static void close_one(int fd)
{
    if (fd >= 0) {
        close(fd);
    }
}

char *qemu_start(struct qemu *qemu, const struct machine_shape *shape,
                 const struct qemu_options *options)
{
    struct channels channels = { { -1, -1 }, { -1, -1 }, { -1, -1 }, { -1, -1 } };
    struct words words = { { NULL }, 0 };
    pid_t parent = getpid();
    char *failure = NULL;

    *qemu = (struct qemu){ -1, -1, -1, -1, -1 };
    if (!is_installed()) {
        return xasprintf("QEMU is not installed: no " PROGRAM " in PATH (on Debian and Ubuntu: "
                         "apt install qemu-system-x86)");
    }
    if (open_channels(&channels)) {
        build(&words, shape, options, &channels);
        qemu->pid = fork();
    }
    if (qemu->pid == 0) {
        become_qemu(&words, parent, options->archive, &channels);
    }
    if (qemu->pid < 0) {
        failure = xasprintf("cannot start QEMU: %s", strerror(errno));
    } else {
        setpgid(qemu->pid, qemu->pid);
    }
    close_one(channels.records[1]);
    close_one(channels.console[1]);
    close_one(channels.qmp[1]);
    close_one(channels.messages[1]);
    qemu->records = channels.records[0];
    qemu->console = channels.console[0];
    qemu->qmp = channels.qmp[0];
    qemu->messages = channels.messages[0];
    for (size_t index = 0; index < words.count; index++) {
        free(words.word[index]);
    }
    return failure;
}

int qemu_end(struct qemu *qemu)
{
    int status = 0;

    if (qemu->pid > 0) {
        kill(-qemu->pid, SIGKILL);
        kill(qemu->pid, SIGKILL);
        while (waitpid(qemu->pid, &status, 0) < 0 && errno == EINTR) {
        }
    }
    close_one(qemu->records);
    close_one(qemu->console);
    close_one(qemu->qmp);
    close_one(qemu->messages);
    *qemu = (struct qemu){ -1, -1, -1, -1, -1 };
    return status;
}

/* SPDX-License-Identifier: MIT */
/*
 * cc.c: `allcall cc`: make a driver from C with an ordinary cross compiler.
 *
 * It adds nothing that a Makefile could not: the SDK's headers before the DDK's
 * of mingw-w64, the flags that kernel code needs, and the import libraries of
 * this kernel.  The linker is GNU ld for both compilers, because the import
 * libraries are GNU ones.
 */
#define _GNU_SOURCE
#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "commands.h"
#include "common.h"
#include "paths.h"

#define GCC "x86_64-w64-mingw32-gcc"
#define LD  "x86_64-w64-mingw32-ld"

/* Exit statuses of `allcall cc`; EXIT_USAGE for a wrong command line. */
enum {
    CC_REFUSED = 1, /* the compiler found errors and has said so */
    CC_BROKEN = 3,  /* the compiler or a part of this command is missing or crashed */
};

enum { KEY_COMPILER = 256 };

static const struct argp_option table[] = {
    { "compiler", KEY_COMPILER, "gcc|clang", 0, "which compiler (default gcc)", 0 },
    { "output", 'o', "DRIVER.sys", 0, "the driver to be made", 0 },
    { NULL, 'h', NULL, OPTION_HIDDEN, NULL, -1 },
    { 0 },
};

static const char documentation[] =
    "Compile and link C sources into a driver for x64, with debug information."
    "\v"
    "<ntddk.h>, <wdm.h> and <ntifs.h> are those of mingw-w64, with what they lack added.  What "
    "follows -- is given to the compiler after its other flags, for example -O0 or -DNAME.\n"
    "\n"
    "The compilers are " GCC " and clang --target=x86_64-w64-windows-gnu; both link with " LD ".\n"
    "\n"
    "Exit status: 0 the driver is made, 1 the compiler found errors, 2 the command line is wrong "
    "or "
    "a source is missing, 3 the compiler or a part of allcall is missing.";

struct words {
    char **word;
    size_t count, capacity;
};

struct cc_options {
    bool clang;
    const char *output;
    struct words sources;
    struct words flags;
};

static void add(struct words *words, char *word)
{
    grow_array(&words->word, words->count, &words->capacity, sizeof(*words->word));
    words->word[words->count++] = word;
}

static void add_all(struct words *words, const char *const *list)
{
    for (; *list != NULL; list++) {
        add(words, xstrdup(*list));
    }
}

static void free_words(struct words *words)
{
    for (size_t index = 0; index < words->count; index++) {
        free(words->word[index]);
    }
    free(words->word);
}

static error_t take_option(int key, char *text, struct argp_state *state)
{
    struct cc_options *options = state->input;

    switch (key) {
    case KEY_COMPILER:
        options->clang = strcmp(text, "clang") == 0;
        if (!options->clang && strcmp(text, "gcc") != 0) {
            argp_error(state, "--compiler %s: gcc or clang is expected", text);
        }
        return 0;
    case 'o':
        options->output = text;
        return 0;
    case 'h':
        argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
        return 0;
    case ARGP_KEY_ARG:
        add(&options->sources, xstrdup(text));
        return 0;
    case ARGP_KEY_END:
        if (options->sources.count == 0) {
            argp_error(state, "which source? Name at least one .c file");
        }
        if (options->output == NULL) {
            argp_error(state, "which driver shall be made? Say -o DRIVER.sys");
        }
        return 0;
    }
    return ARGP_ERR_UNKNOWN;
}

/* parse: everything before "--" is ours, the rest the compiler's. */
static void parse(struct cc_options *options, int argc, char **argv)
{
    static const struct argp parser = { .options = table,
                                        .parser = take_option,
                                        .args_doc = "SOURCE.c... -o DRIVER.sys [-- FLAG...]",
                                        .doc = documentation };
    int own = 1;

    while (own < argc && strcmp(argv[own], "--") != 0) {
        own++;
    }
    for (int index = own + 1; index < argc; index++) {
        add(&options->flags, xstrdup(argv[index]));
    }
    argp_err_exit_status = EXIT_USAGE;
    argp_parse(&parser, own, argv, 0, NULL, options);
}

/*
 * run: start a program and wait for it.
 * => with `output`, what it writes to its descriptor `from` is read into it
 * => its wait status, -1 if it could not be started
 */
static int run(char **words, int from, struct buffer *output)
{
    int status = -1, ends[2] = { -1, -1 };
    char part[4096];
    ssize_t got;
    pid_t pid;

    if (output != NULL && pipe(ends) != 0) {
        return -1;
    }
    pid = fork();
    if (pid == 0) {
        if (output != NULL) {
            dup2(ends[1], from);
            close(ends[0]);
            close(ends[1]);
        }
        execvp(words[0], words);
        _exit(127);
    }
    if (output != NULL) {
        close(ends[1]);
        while ((got = read(ends[0], part, sizeof(part))) > 0) {
            buffer_add(output, part, (size_t)got);
        }
        close(ends[0]);
    }
    while (pid > 0 && waitpid(pid, &status, 0) < 0 && errno == EINTR) {
    }
    return status;
}

/* add_compiler: the program and its target. */
static void add_compiler(struct words *words, bool clang)
{
    add(words, xstrdup(clang ? "clang" : GCC));
    if (clang) {
        add(words, xstrdup("--target=x86_64-w64-windows-gnu"));
    }
}

/* folder_with_ddk: the folder of a line of the compiler's search list, if it has the DDK. */
static char *folder_with_ddk(const char *line, size_t length)
{
    char *folder = xasprintf("%.*s/ddk", (int)length, line);
    char *header = xasprintf("%s/wdm.h", folder);
    bool found = access(header, R_OK) == 0;

    free(header);
    if (found) {
        return folder;
    }
    free(folder);
    return NULL;
}

/*
 * find_ddk: the DDK's headers lie in a subfolder of one of the folders that the compiler searches.
 * => NULL after a message
 */
static char *find_ddk(bool clang)
{
    static const char *const ask[] = {
        "-E", "-v", "-x", "c", "/dev/null", "-o", "/dev/null", NULL
    };
    struct words words = { 0 };
    struct buffer answer = { 0 };
    char *found = NULL;
    int status;

    add_compiler(&words, clang);
    add_all(&words, ask);
    add(&words, NULL);
    status = run(words.word, STDERR_FILENO, &answer);
    for (const char *line = answer.text; line != NULL && found == NULL;) {
        if (line[0] == ' ' && line[1] == '/') {
            found = folder_with_ddk(line + 1, strcspn(line + 1, "\n"));
        }
        line = strchr(line, '\n');
        line = line != NULL ? line + 1 : NULL;
    }
    if (WIFEXITED(status) && WEXITSTATUS(status) == 127) {
        complain("%s is not installed (on Debian and Ubuntu: apt install %s)", words.word[0],
                 clang ? "clang mingw-w64" : "mingw-w64");
    } else if (found == NULL) {
        complain("%s does not find mingw-w64's DDK headers (ddk/wdm.h; on Debian and Ubuntu: apt "
                 "install mingw-w64)",
                 words.word[0]);
    }
    free_words(&words);
    buffer_free(&answer);
    return found;
}

/*
 * find_libgcc: the path of libgcc.a; clang does not look where Debian has it.
 * => NULL after a message
 */
static char *find_libgcc(void)
{
    char *words[] = { GCC, "-print-libgcc-file-name", NULL };
    struct buffer answer = { 0 };

    if (run(words, STDOUT_FILENO, &answer) != 0 || answer.length < 2) {
        complain("%s is needed to link (on Debian and Ubuntu: apt install mingw-w64)", words[0]);
        buffer_free(&answer);
        return NULL;
    }
    answer.text[strcspn(answer.text, "\n")] = '\0';
    return answer.text;
}

/* Where the parts of a driver come from. */
struct parts {
    char *sdk, *ddk, *kernel, *hal, *libgcc;
};

static void free_parts(struct parts *parts)
{
    free(parts->sdk);
    free(parts->ddk);
    free(parts->kernel);
    free(parts->hal);
    free(parts->libgcc);
}

/* find_parts: => false after a message */
static bool find_parts(struct parts *parts, bool clang)
{
    return (parts->sdk = allcall_path(FILE_SDK)) != NULL &&
           (parts->kernel = allcall_path(FILE_NTOSKRNL_LIB)) != NULL &&
           (parts->hal = allcall_path(FILE_HAL_LIB)) != NULL &&
           (parts->ddk = find_ddk(clang)) != NULL && (parts->libgcc = find_libgcc()) != NULL;
}

/* add_flags: what kernel code needs. */
static void add_flags(struct words *words, bool clang, const struct parts *parts)
{
    static const char *const common[] = {
        "-O2",
        "-g",
        "-Wall",
        "-ffreestanding",
        "-fms-extensions",
        "-fno-strict-aliasing",
        "-fno-stack-protector",
        "-mno-red-zone",
        "-mno-stack-arg-probe",
        "-Wno-unknown-pragmas",
        "-Wno-multichar", /* pool tags */
        NULL,
    };
    static const char *const gcc_only[] = { "-Wno-array-bounds", NULL };
    /* -ffreestanding turns clang's unwind tables off, without which no exception gets through. */
    static const char *const clang_only[] = { "-gdwarf-4", "-fasynchronous-unwind-tables", NULL };

    add_all(words, common);
    add_all(words, clang ? clang_only : gcc_only);
    add(words, xstrdup("-isystem"));
    add(words, xstrdup(parts->sdk));
    add(words, xstrdup("-isystem"));
    add(words, xstrdup(parts->ddk));
}

/* add_link: sources and libraries; the user's flags come after ours, but before the libraries. */
static void add_link(struct words *words, const struct cc_options *options,
                     const struct parts *parts)
{
    static const char *const common[] = {
        "-nostdlib",
        "-shared",
        "-Wl,--subsystem,native",
        "-Wl,--entry,DriverEntry",
        "-Wl,--dynamicbase",
        "-Wl,--nxcompat",
        "-Wl,--exclude-all-symbols",
        NULL,
    };

    add_all(words, common);
    if (options->clang) {
        add(words, xstrdup("--ld-path=" LD));
    }
    add(words, xstrdup("-o"));
    add(words, xstrdup(options->output));
    for (size_t index = 0; index < options->sources.count; index++) {
        add(words, xstrdup(options->sources.word[index]));
    }
    for (size_t index = 0; index < options->flags.count; index++) {
        add(words, xstrdup(options->flags.word[index]));
    }
    add(words, xstrdup(parts->kernel));
    add(words, xstrdup(parts->hal));
    add(words, xstrdup(parts->libgcc));
}

static bool check_sources(const struct cc_options *options)
{
    bool good = true;

    for (size_t index = 0; index < options->sources.count; index++) {
        const char *source = options->sources.word[index];

        if (access(source, R_OK) != 0) {
            complain("%s: %s", source, strerror(errno));
            good = false;
        }
        if (strcmp(source, options->output) == 0) {
            complain("%s: the driver would replace its source", source);
            good = false;
        }
    }
    return good;
}

/* compile: run the compiler; its messages go where ours go. */
static int compile(const struct cc_options *options, const struct parts *parts)
{
    struct words words = { 0 };
    int status, result;

    add_compiler(&words, options->clang);
    add_flags(&words, options->clang, parts);
    add_link(&words, options, parts);
    add(&words, NULL);
    status = run(words.word, -1, NULL);
    result = status == 0 ? EXIT_CLEAN : CC_REFUSED;
    if (status == -1 || WIFSIGNALED(status) || WEXITSTATUS(status) == 127) {
        complain("%s could not be run or crashed", words.word[0]);
        result = CC_BROKEN;
    }
    free_words(&words);
    return result;
}

int command_cc(int argc, char **argv)
{
    struct cc_options options = { 0 };
    struct parts parts = { 0 };
    int status = EXIT_USAGE;

    parse(&options, argc, argv);
    if (check_sources(&options)) {
        status = find_parts(&parts, options.clang) ? compile(&options, &parts) : CC_BROKEN;
    }
    free_parts(&parts);
    free_words(&options.sources);
    free_words(&options.flags);
    return status;
}

/* Reads what the launcher asks for: "key value" entries, each ended by a NUL byte (so that any argument can be passed). */
#include "tracer.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config config = { .out = "pipe", .err = "pipe", .data_limit = 4096, .stack_limit = 16384, .credit = 40,
                         .streams = true };

struct program *programs;
int nprograms;

/* "exe PATH" begins a program: the entries behind it that are about one are about this. */
static void begin_program(const char *path)
{
    programs = realloc(programs, sizeof *programs * (size_t)(nprograms + 1));
    if (!programs) die("memory for the programs");
    programs[nprograms++] = (struct program){ .exe = strdup(path), .in = "null", .typing = -1, .terminal = -1, .shares = { 0, 1, 2 },
                                              .channels = { { -1, 0, 0 }, { -1, 1, 0 }, { -1, 2, 0 } } };
}

static void append(char ***list, const char *text)
{
    int n = 0;
    while (*list && (*list)[n]) n++;
    *list = realloc(*list, sizeof(char *) * ((size_t)n + 2));
    if (!*list) die("memory for the arguments");
    (*list)[n] = strdup(text);
    (*list)[n + 1] = NULL;
}

/* "line ADDRESS…": addresses of the program named by the "lines PATH" entry before */
static void add_addresses(char *text)
{
    struct watched_line *lines = &config.lines[config.nlines - 1];
    for (char *end, *at = text; ; at = end) {
        uint64_t address = strtoull(at, &end, 16);
        if (end == at) return;
        lines->address = realloc(lines->address, sizeof(uint64_t) * (size_t)(lines->count + 1));
        if (!lines->address) die("memory for the lines");
        lines->address[lines->count++] = address;
    }
}

/* "inject NR NTH[+] errno|short VALUE" */
static void add_fault(const char *text)
{
    struct fault fault = { 0 };
    char nth[32], kind[32];
    if (sscanf(text, "%d %31s %31s %ld", &fault.nr, nth, kind, &fault.value) != 4) die("an inject entry");
    fault.nth = atol(nth);
    fault.onwards = strchr(nth, '+') != NULL;
    fault.shorten = strcmp(kind, "short") == 0;
    config.faults = realloc(config.faults, sizeof fault * (size_t)(config.nfaults + 1));
    if (!config.faults) die("memory for the faults");
    config.faults[config.nfaults++] = fault;
}

static void entry(const char *key, char *value)
{
    if (strcmp(key, "exe") == 0) { begin_program(value); return; }
    if (!nprograms) die("no program given");
    struct program *program = &programs[nprograms - 1];
    struct { const char *key; char **to; } texts[] = {
        { "cwd", &config.cwd }, { "scratch", &config.scratch }, { "stdin", &program->in }, { "stdout", &config.out }, { "stderr", &config.err },
        { "stdin_path", &program->in_path }, { "stdout_path", &program->out_path }, { "stderr_path", &program->err_path } };
    struct { const char *key; long *to; } numbers[] = {
        { "processes", &config.processes }, { "memory", &config.memory }, { "output", &config.output },
        { "file_size", &config.file_size }, { "events", &config.events }, { "log_bytes", &config.log_bytes },
        { "data_limit", &config.data_limit }, { "stack_limit", &config.stack_limit }, { "credit", &config.credit } };
    struct { const char *key; bool *to; } switches[] = {
        { "verify", &config.verify }, { "streams", &config.streams }, { "no_kcmp", &config.no_kcmp }, { "no_getfd", &config.no_getfd },
        { "no_cachestat", &config.no_cachestat }, { "in_turn", &config.in_turn },
        { "wire", &config.wire }, { "no_netns", &config.no_netns }, { "no_packets", &config.no_packets },
        { "no_room", &config.no_room } };
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        if (strcmp(key, texts[i].key) == 0) { *texts[i].to = strdup(value); return; }
    for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++)
        if (strcmp(key, numbers[i].key) == 0) { *numbers[i].to = atol(value); return; }
    for (size_t i = 0; i < sizeof switches / sizeof *switches; i++)
        if (strcmp(key, switches[i].key) == 0) { *switches[i].to = atol(value) != 0; return; }
    if (strcmp(key, "arg") == 0) append(&program->argv, value);
    else if (strcmp(key, "env") == 0) append(&config.env, value);
    else if (strcmp(key, "seconds") == 0) config.seconds = atof(value);
    else if (strcmp(key, "plan") == 0) plan_line(value);
    else if (strcmp(key, "inject") == 0) add_fault(value);
    else if (strcmp(key, "line") == 0) add_addresses(value);
    else if (strcmp(key, "lines") == 0) {
        config.lines = realloc(config.lines, sizeof *config.lines * (size_t)(config.nlines + 1));
        if (!config.lines) die("memory for the lines");
        config.lines[config.nlines++] = (struct watched_line){ strdup(value), NULL, 0 };
    } else die(key);
}

void config_read(int fd)
{
    size_t used = 0, room = 1 << 16;
    char *text = malloc(room);
    for (;;) {
        if (used + 1 >= room) room *= 2;
        if (!text || !(text = realloc(text, room))) die("memory for the configuration");
        ssize_t n = read(fd, text + used, room - used - 1);
        if (n < 0) die("reading the configuration");
        if (n == 0) break;
        used += (size_t)n;
    }
    text[used] = 0;
    for (char *at = text; at < text + used; ) {
        char *next = at + strlen(at) + 1, *value = strchr(at, ' ');
        if (!value) die(at);
        *value = 0;
        entry(at, value + 1);
        at = next;
    }
    free(text);
    static char *none[] = { NULL };
    if (!config.env) config.env = none;
    if (!nprograms) die("no program given");
    for (int i = 0; i < nprograms; i++) if (!programs[i].argv) die("no program given");
    plan_line("59");                   /* execve, execveat: the program begins with one; restart_syscall: goes on after a stop */
    plan_line("322");
    plan_line("219");
}

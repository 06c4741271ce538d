/* Logs /proc/PID/maps when executable mappings changed, and finds glibc's list of streams in it. */
#include "tracer.h"
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *text;
static size_t room;

static size_t maps_read(struct task *task)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/maps", task->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    size_t used = 0;
    for (;;) {
        if (used + 4096 >= room && !(text = realloc(text, room = room ? 2 * room : 1 << 15))) die("memory for the mappings");
        ssize_t n = fd < 0 ? 0 : read(fd, text + used, room - used - 1);
        if (n <= 0) break;
        used += (size_t)n;
    }
    if (fd >= 0) close(fd);
    text[used] = 0;
    return used;
}

/* libc is known by its file name; a static program has it inside: then the program's own symbol table has the list. */
static void find_streams(struct task *task)
{
    char line[4400], first[4200] = "";
    uint64_t first_start = 0;
    struct space *space = task->space;
    for (const char *at = text; *at; ) {
        const char *end = strchr(at, '\n');
        size_t n = end ? (size_t)(end - at) : strlen(at);
        if (n < sizeof line) {
            unsigned long start, offset;
            char path[4200] = "";
            memcpy(line, at, n);
            line[n] = 0;
            if (sscanf(line, "%lx-%*x %*s %lx %*s %*s %4199[^\n]", &start, &offset, path) == 3 && path[0] == '/' && offset == 0) {
                const char *base = strrchr(path, '/') + 1;
                char real[4300];
                uint64_t load = 0, found = 0;
                bool interpreted = false;
                if (!first[0]) { strcpy(first, path); first_start = start; }
                snprintf(real, sizeof real, "/proc/%d/root%s", task->tid, path);
                if (strncmp(base, "libc.so.6", 9) == 0 || strncmp(base, "libc-2.", 7) == 0)
                    found = elf_symbol(real, "_IO_list_all", true, &load, &interpreted);
                if (found) { space->stream_list = start - load + found; return; }
            }
        }
        at = end ? end + 1 : at + n;
    }
    char exe[64];
    uint64_t load = 0;
    bool interpreted = true;
    snprintf(exe, sizeof exe, "/proc/%d/exe", task->tid);
    uint64_t found = first[0] ? elf_symbol(exe, "_IO_list_all", false, &load, &interpreted) : 0;
    if (found && !interpreted) space->stream_list = first_start - load + found;
}

void maps_log(struct task *task)
{
    if (!task->space->maps_dirty) return;
    task->space->maps_dirty = false;
    log_bytes(MAPS, 0, text, maps_read(task));
    if (config.streams && !task->space->stream_list) find_streams(task);
}

/* Names of open files: when a call renames or removes one, the open files found under it are asked for theirs again
 * (/proc/PID/fd, proc(5)). Which these can be is told by the name alone, so that no other is looked at. */
#include "tracer.h"
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

struct search { char name[NAME_MAX + 1]; size_t length; };

/* The last component of the path in the program's memory: rename(2), unlink(2) and rmdir(2) follow no symbolic link there. */
static bool last_component(struct task *task, uint64_t address, struct search *search)
{
    enum { PAGE = 4096 };
    char path[PATH_MAX];
    size_t got = 0;
    while (got < sizeof path && !memchr(path, 0, got)) {
        size_t more = PAGE - (address + got) % PAGE;
        if (more > sizeof path - got) more = sizeof path - got;
        size_t n = peek(task, address + got, path + got, more);
        got += n;
        if (n < more) break;
    }
    char *end = memchr(path, 0, got);
    if (!end) return false;
    while (end > path && end[-1] == '/') *--end = 0;
    char *slash = strrchr(path, '/'), *name = slash ? slash + 1 : path;
    search->length = (size_t)(end - name);
    if (!search->length || search->length > NAME_MAX) return false;
    memcpy(search->name, name, search->length + 1);
    return true;
}

/* Whether it is a component of the path, the last one or that of a folder above. */
static bool names(const struct search *search, const char *path)
{
    for (const char *at = path; (at = strchr(at, '/')); )
        if (strncmp(++at, search->name, search->length) == 0 && (at[search->length] == 0 || at[search->length] == '/')) return true;
    return false;
}

static void look(struct task *task, struct descriptor *descriptor, void *with)
{
    char path[64], link[4200];
    if (!descriptor->link || descriptor->link[0] != '/' || !names(with, descriptor->link)) return;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, descriptor->fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n < 0) return;
    link[n] = 0;
    if (strcmp(link, descriptor->link) != 0) fd_look(task, descriptor, true);
}

void names_changed(struct task *task, uint64_t path)
{
    struct search search;
    if (last_component(task, path, &search)) descriptors_each(look, &search);
}

/* Verify mode: at every call's exit the descriptor tables of all live processes, as /proc shows them, and which
 * descriptors share an open file description, as kcmp(2) says: the second source that tests hold the model against. */
#include "tracer.h"
#include <dirent.h>
#include <fcntl.h>
#include <linux/kcmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

struct seen { int32_t pid, fd; uint32_t flags, busy; int64_t pos; uint64_t ino; int32_t group; uint16_t link_size, pad; };
enum { MOST = 4096 };
static struct seen seen[MOST];
static int nseen;
bool may_kcmp = true;

int kcmp_files(pid_t one, pid_t two, int a, int b) { return (int)syscall(SYS_kcmp, one, two, KCMP_FILE, a, b); }

static int group_of(int i)
{
    if (!may_kcmp) return -1;
    for (int k = 0; k < i; k++)
        if (seen[k].ino == seen[i].ino && kcmp_files(seen[k].pid, seen[i].pid, seen[k].fd, seen[i].fd) == 0) return seen[k].group;
    return i;
}

static void busy(struct task *task, void *with)
{
    struct { pid_t pid; bool busy; } *about = with;
    if (task->pid == about->pid && task->in_call) about->busy = true;
}

static void descriptor_log(struct task *task, int fd, bool is_busy)
{
    char path[64], link[4200], text[256];
    struct stat st;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, fd);
    ssize_t n = readlink(path, link, sizeof link - 1);
    if (n < 0 || stat(path, &st) < 0 || nseen == MOST) return;
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", task->tid, fd);
    int info = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t got = info < 0 ? -1 : read(info, text, sizeof text - 1);
    if (info >= 0) close(info);
    if (got < 0) return;
    text[got] = 0;
    long pos = 0;
    unsigned flags = 0;
    sscanf(text, "pos: %ld flags: %o", &pos, &flags);
    seen[nseen] = (struct seen){ task->pid, fd, flags, is_busy, pos, st.st_ino, -1, (uint16_t)n, 0 };
    seen[nseen].group = group_of(nseen);
    unsigned char *at = log_section(VERIFIED, 0, sizeof *seen + (size_t)n);
    memcpy(at, &seen[nseen++], sizeof *seen);
    memcpy(at + sizeof *seen, link, (size_t)n);
}

static void process(struct task *task, void *with)
{
    (void)with;
    if (task->tid != task->pid || !task->execed) return;
    struct { pid_t pid; bool busy; } about = { task->pid, false };
    task_each(busy, &about);
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", task->pid);
    DIR *folder = opendir(path);
    if (!folder) return;
    for (struct dirent *entry; (entry = readdir(folder)); )
        if (entry->d_name[0] != '.') descriptor_log(task, atoi(entry->d_name), about.busy);
    closedir(folder);
}

void verify_log(void)
{
    nseen = 0;
    task_each(process, NULL);
}

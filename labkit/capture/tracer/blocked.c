/* Notices threads that have been inside one system call for a while, and where in the kernel they sleep. */
#include "tracer.h"
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

enum { AFTER = 1000000 };              /* ns in one call before it counts as blocked */

static ssize_t slurp(pid_t tid, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", tid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) close(fd);
    text[n < 0 ? 0 : n] = 0;
    return n;
}

/* Logs that it sleeps; false: it does not. */
static bool look(struct task *task)
{
    char stat[512], wchan[128], state[2] = "";
    slurp(task->tid, "stat", stat, sizeof stat);
    const char *name_end = strrchr(stat, ')');
    if (name_end) state[0] = name_end[2];
    if (state[0] != 'S' && state[0] != 'D') return false;
    slurp(task->tid, "wchan", wchan, sizeof wchan);
    task->sampled = true;
    log_begin(BLOCKED, task->tid);
    log_text("state", state);
    log_text("wchan", strcmp(wchan, "0") == 0 ? "" : wchan);
    log_number("nr=%ld", task->nr);
    log_end();
    return true;
}

static void sample(struct task *task, void *with)
{
    uint64_t when = *(uint64_t *)with;
    if (!task->in_call || task->sampled || task->silent || when < task->entered + AFTER || when < task->next_sample) return;
    if (!look(task)) task->next_sample = when + 2 * AFTER;
}

/* When the turn passes on because this thread waits (turns.c): however short its wait will have been. */
void blocked_now(struct task *task)
{
    if (task->in_call && !task->sampled && !task->silent) look(task);
}

void blocked_sample(uint64_t when) { task_each(sample, &when); }

static void waiting(struct task *task, void *with)
{
    if (task->in_call && !task->sampled && !task->silent) *(bool *)with = true;
}

/* Is there a thread in a call that has not been looked at? Then waiting must not take long. */
bool blocked_wanted(void)
{
    bool wanted = false;
    task_each(waiting, &wanted);
    return wanted;
}

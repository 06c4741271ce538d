/* The table of traced threads, and what threads and processes share: address spaces and descriptor tables, counted. */
#include "tracer.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { BUCKETS = 256 };
static struct task *bucket[BUCKETS];
int live_tasks;

struct task *task_find(pid_t tid)
{
    struct task *task = bucket[tid % BUCKETS];
    while (task && task->tid != tid) task = task->next;
    return task;
}

static void link_in(struct task *task)
{
    struct task **head = &bucket[task->tid % BUCKETS];
    task->next = *head;
    *head = task;
}

static void link_out(struct task *task)
{
    struct task **at = &bucket[task->tid % BUCKETS];
    while (*at != task) at = &(*at)->next;
    *at = task->next;
}

struct task *task_add(pid_t tid, pid_t pid)
{
    struct task *task = calloc(1, sizeof *task);
    if (!task) die("memory for a thread");
    static uint64_t births;
    task->born = ++births;
    task->tid = tid;
    task->pid = pid;
    link_in(task);
    live_tasks++;
    return task;
}

void task_forget(struct task *task)
{
    link_out(task);
    live_tasks--;
    if (task->table) table_drop(task, task->table);
    if (task->space) space_drop(task->space);
    free(task->stack);
    free(task);
}

void task_rename(struct task *task, pid_t tid)
{
    link_out(task);
    task->tid = tid;
    link_in(task);
}

void task_inherit(struct task *child, struct task *parent, uint64_t flags)
{
    if (flags & CLONE_VM) (child->space = parent->space)->refs++;
    else {
        child->space = space_new();
        streams_copy(child->space, parent->space);
        lines_copy(child->space, parent->space);
        child->space->maps_dirty = parent->space->maps_dirty;
    }
    if (flags & CLONE_FILES) (child->table = parent->table)->refs++;
    else child->table = table_copy(parent->table, child->tid);
    child->execed = parent->execed;
    child->program = parent->program;
    if (flags & CLONE_THREAD) child->told = parent->told;
    child->known = true;
}

void task_each(void (*visit)(struct task *, void *), void *with)
{
    for (int i = 0; i < BUCKETS; i++)
        for (struct task *task = bucket[i], *next; task; task = next) { next = task->next; visit(task, with); }
}

struct space *space_new(void)
{
    struct space *space = calloc(1, sizeof *space);
    if (!space) die("memory for an address space");
    space->refs = 1;
    space->mem = -1;
    return space;
}

void space_drop(struct space *space)
{
    if (--space->refs) return;
    if (space->mem >= 0) close(space->mem);
    streams_forget(space);
    lines_forget(space);
    free(space);
}

int space_mem(struct task *task)
{
    if (task->space->mem < 0) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/mem", task->tid);
        task->space->mem = open(path, O_RDWR | O_CLOEXEC);
    }
    return task->space->mem;
}

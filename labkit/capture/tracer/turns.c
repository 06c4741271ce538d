/* One thread at a time, where that is asked for: a thread goes on until it must wait, then the one whose last turn is longest ago.
 * Every stop is postponed until it is its thread's turn and all others are at a stop or wait, so that the order of what is recorded
 * does not hang on how fast the machine happens to be. Who waits is read in /proc/TID/stat.
 */
#include "tracer.h"
#include <fcntl.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PATIENCE = 1000000000 };        /* ns without a stop after which others get their turn although somebody runs */
static pid_t turn;                     /* whose turn it is; 0: nobody's */
static uint64_t since, turns;          /* its last stop; how many turns there were */

static void slurp(struct task *task, const char *name, char *text, size_t size)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/%s", task->tid, name);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, text, size - 1);
    if (fd >= 0) close(fd);
    text[n < 0 ? 0 : n] = 0;
}

static char state(struct task *task, long *threads)
{
    char text[512], letter = 'Z';
    slurp(task, "stat", text, sizeof text);
    const char *name_end = strrchr(text, ')');
    *threads = 0;
    if (name_end) sscanf(name_end + 1, " %c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %ld", &letter, threads);
    return letter;
}

static char letter(struct task *task) { long threads; return state(task, &threads); }

bool turns_waits(struct task *task, long *nr)
{
    char text[512], sleeping = task->lends ? 'D' : 'S';    /* a parent in vfork sleeps without end in D, which else passes soon */
    long threads;
    /* a process whose first thread has ended before others is told of when they have, too (ptrace(2)) */
    if (task->tid == task->pid && state(task, &threads) == 'Z') return threads > 1;
    if (task->group_stopped) return letter(task) == 't';   /* or it is being killed */
    if (letter(task) != sleeping) return false;
    /* the kernel marks a thread as asleep a little early, while it looks whether it must be; this file tells these apart */
    slurp(task, "syscall", text, sizeof text);
    *nr = atol(text);
    return strncmp(text, "running", 7) != 0 && letter(task) == sleeping;
}

struct choice { bool busy; struct task *next; };

static void consider(struct task *task, void *with)
{
    struct choice *choice = with;
    if (!task->known) return;          /* a child at its first stop: its turn comes after its parent's, which has yet to tell of it */
    if (!task->postponed) { long nr; choice->busy |= !turns_waits(task, &nr); return; }
    struct task *best = choice->next;
    if (task->tid == turn) choice->next = task;            /* it goes on */
    /* of those that had no turn yet the youngest: a reader that is started last waits before there is something to read */
    else if (!best || (best->tid != turn && (task->last_turn < best->last_turn ||
                                             (task->last_turn == best->last_turn && task->born > best->born))))
        choice->next = task;
}

/* Keeps a stop until it is its thread's turn; false: nobody asked for turns. */
bool turns_postpone(struct task *task, int status)
{
    if (!config.in_turn) return false;
    task->postponed = status;
    return true;
}

/* Whose stop is to be handled next; NULL while somebody is still on the way to a stop. */
struct task *turns_next(int *status)
{
    struct choice choice = { 0 };
    if (!config.in_turn) return NULL;
    task_each(consider, &choice);
    struct task *next = choice.next, *before = turn ? task_find(turn) : NULL;
    if (!next || (choice.busy && now() - since < PATIENCE)) return NULL;
    since = now();
    if (next != before) {
        if (before) blocked_now(before);
        turn = next->tid;
        next->last_turn = ++turns;
    }
    *status = next->postponed;
    next->postponed = 0;
    next->lends = false;
    return next;
}

/* A thread that is kept at the end of a read or write has moved bytes already, which its turn only tells of later. */
struct account { uint64_t ino; long waiting; };

static void count(struct task *task, void *with)
{
    struct account *account = with;
    if (!task->postponed || !task->in_call || task->postponed >> 16 || WSTOPSIG(task->postponed) != (SIGTRAP | 0x80)) return;
    bool reads = task->nr == SYS_read || task->nr == SYS_readv || task->nr == SYS_recvfrom;
    if (!reads && task->nr != SYS_write && task->nr != SYS_writev) return;
    struct descriptor *descriptor = fd_find(task->table, (int)task->args[0]);
    if (!descriptor || descriptor->facts.ino != account->ino) return;
    long moved = ptrace(PTRACE_PEEKUSER, task->tid, offsetof(struct user_regs_struct, rax), 0);
    if (moved > 0) account->waiting += reads ? moved : -moved;
}

/* Bytes that wait in this pipe or socket, in which there are so many: with those that have been taken too soon, without those that
 * were put in too soon. Who is still inside a call may have put more there meanwhile, or taken: then none are left to tell of. */
long turns_waiting(uint64_t ino, long there)
{
    struct account account = { ino, there };
    if (config.in_turn) task_each(count, &account);
    return account.waiting < 0 ? 0 : account.waiting;
}

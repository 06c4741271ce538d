/* Keeps threads that stop all the time on the tracer's own processor, for as long as they do.
 *
 * A stop hands over to the tracer and back. Where each of the two sleeps on a processor of its own, which is idle meanwhile, either must
 * be woken from that sleep, and this costs several times what the stop itself does. The program shall not notice: whoever stops
 * seldom is let go, so that threads which compute run side by side; and before the kernel answers sched_getaffinity(2) or
 * obeys sched_setaffinity(2) all are let go, until that call is over.
 */
#include "tracer.h"
#include <sched.h>
#include <sys/syscall.h>

enum { OFTEN = 8, ROUNDS = 10 };       /* stops between two looks; looks until the scheduler may choose anew */
static cpu_set_t mine;                 /* where the tracer may run */
static bool able;
static int here = -1;                  /* the processor it keeps to, -1: any */
static bool choosing;

static bool keep_to(pid_t tid, int processor)
{
    cpu_set_t one;
    CPU_ZERO(&one);
    CPU_SET(processor, &one);
    return sched_setaffinity(tid, sizeof one, &one) == 0;
}

static bool settle_here(void)
{
    if (here < 0) here = sched_getcpu();
    if (here < 0 || here >= CPU_SETSIZE || !keep_to(0, here)) here = -1;
    return here >= 0;
}

static bool asks_where(const struct task *task)
{
    return task->in_call && (task->nr == SYS_sched_getaffinity || task->nr == SYS_sched_setaffinity);
}

static void let_go(struct task *task)
{
    if (task->held) sched_setaffinity(task->tid, sizeof task->processors, &task->processors);
    task->held = false;
}

static void hold(struct task *task)
{
    if (!task->held && sched_getaffinity(task->tid, sizeof task->processors, &task->processors) < 0) return;
    if (!CPU_ISSET(here, &task->processors) || !keep_to(task->tid, here)) { let_go(task); return; }
    task->held = true;
}

/* Before the program is made, so that it begins where the tracer is: as a rule it has much to tell. */
void processor_begin(void)
{
    able = sched_getaffinity(0, sizeof mine, &mine) == 0 && CPU_COUNT(&mine) > 1;   /* fails with more than 1,024 processors */
    able = able && settle_here();
}

/* A new thread, which has not run yet; without a parent it is the tracer's child. Whether the kernel made it before or after its
 * parent was held is not known: so it is told again. */
void processor_inherit(struct task *child, struct task *parent)
{
    if (!able) return;
    child->processors = mine;
    if (parent && (parent->held || sched_getaffinity(parent->tid, sizeof mine, &parent->processors) == 0))
        child->processors = parent->processors;
    if (!parent) settle_here();        /* it begins where the tracer is, as it was forked there */
    child->held = true;
    if (parent && !parent->held) let_go(child);
    else if (parent) hold(child);
}

static void look(struct task *task, void *with)
{
    bool often = task->stops >= OFTEN;
    task->stops = 0;
    if (often && !task->held && settle_here()) hold(task);
    if (!often) let_go(task);
    if (task->held) *(bool *)with = true;
}

static void look_for_asking(struct task *task, void *with) { if (asks_where(task)) *(bool *)with = true; }

/* Now and then the tracer may run anywhere, for one stop: the scheduler wakes it where there is room. */
void processor_look(void)
{
    static int rounds;
    bool asking = false, any = false;
    if (!able) return;
    task_each(look_for_asking, &asking);
    if (asking) return;
    task_each(look, &any);
    if (any ? ++rounds < ROUNDS : here < 0) return;
    rounds = 0;
    sched_setaffinity(0, sizeof mine, &mine);
    choosing = any;
    if (!any) here = -1;
}

static void follow(struct task *task, void *with)
{
    (void)with;
    if (task->held) hold(task);
}

void processor_chosen(void)
{
    if (!choosing) return;
    choosing = false;
    int before = here;
    here = -1;
    if (settle_here() && here != before) task_each(follow, NULL);
}

static void release(struct task *task, void *with) { (void)with; let_go(task); }

void processor_asked(struct task *task) { if (able && asks_where(task)) task_each(release, NULL); }

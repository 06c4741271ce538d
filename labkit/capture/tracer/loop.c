/* The tracer's one loop: waits for stops, gives each to the file whose job it is, and lets the thread go on; between stops it
 * drains the program's output and looks at the limits. Rules of ptrace(2) for PTRACE_SEIZE.
 */
#include "tracer.h"
#include <errno.h>
#include <linux/sched.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/time.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

enum { CALL_STOP = SIGTRAP | 0x80, MS = 1000000, QUICK = MS / 4, FAST = 2 * MS, SLOW = 20 * MS, CLONE3 = 435, CLONE = 56 };
const char *ended_by = "";
static long events;

void end_all(const char *why) { if (!*ended_by) ended_by = why; }

static void resume(struct task *task, int signal)
{
    enum __ptrace_request how = task->over ? PTRACE_SINGLESTEP : task->in_call ? PTRACE_SYSCALL : PTRACE_CONT;
    ptrace(how, task->tid, 0, (long)signal);       /* ESRCH: killed meanwhile, its death is on the way */
}

static void stop(struct task *task, int status);

/* ---- births and deaths ---- */
static uint64_t clone_flags(struct task *task, int event)
{
    struct user_regs_struct regs;
    uint64_t flags = event == PTRACE_EVENT_VFORK ? CLONE_VM | CLONE_VFORK : 0;
    if (ptrace(PTRACE_GETREGS, task->tid, 0, &regs) < 0) return flags;
    if (regs.orig_rax == CLONE) flags = regs.rdi;
    if (regs.orig_rax == CLONE3) peek(task, regs.rdi, &flags, sizeof flags);
    return flags;
}

static void join(struct task *task, pid_t tid, uint64_t flags, int event)
{
    struct task *child = task_find(tid);
    if (child && child->known) return;
    if (!child) child = task_add(tid, tid);
    child->pid = flags & CLONE_THREAD ? task->pid : tid;
    task_inherit(child, task, flags);
    processor_inherit(child, task);
    struct { int32_t tid, pid; uint64_t flags; uint32_t event, pad; } forked = { child->tid, child->pid, flags, (uint32_t)event, 0 };
    log_begin(FORK, task->tid);
    log_bytes(FORKED, 0, &forked, sizeof forked);
    log_end();
    if (config.processes && live_tasks > config.processes) end_all("processes");
    if (child->early) { int early = child->early; child->early = 0; if (!turns_postpone(child, early)) stop(child, early); }
}

static void born(struct task *task, int event)
{
    unsigned long tid = 0;
    /* killed at this very stop: then its child is found when its death is reported */
    if (ptrace(PTRACE_GETEVENTMSG, task->tid, 0, &tid) < 0 || tid == 0) return;
    join(task, (pid_t)tid, clone_flags(task, event), event);
}

/* A process killed inside fork never reports the child it has made already. The child is ours by now, as its parent is
 * dead (PR_SET_CHILD_SUBREAPER), and it waits for us: unknown children are those of the process that just died. */
static void orphans_join(struct task *dead)
{
    char path[64];
    int pid;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    FILE *file = fopen(path, "re");
    while (file && fscanf(file, "%d", &pid) == 1) {
        struct task *child = task_find(pid);
        if (pid != dead->tid && (!child || !child->known)) join(dead, pid, 0, PTRACE_EVENT_FORK);
    }
    if (file) fclose(file);
}

static void died(struct task *task, int status)
{
    struct program *program = task->program;
    if (program && task->tid == program->pid) {
        program->ended = true;
        program->status = status;
        if (program->terminal >= 0) tcsetpgrp(program->terminal, getpgrp());     /* as a shell does when its job is done */
        if (!task->execed) { errno = 0; die("setup"); }
    }
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXFSZ && config.file_size) end_all("file_size");
    if (!task->known) { task_forget(task); return; }
    task->in_call = false;
    if (task->tid == task->pid) orphans_join(task);
    log_begin(DEATH, task->tid);
    log_number("status=%d", status);
    task_forget(task);                 /* logs what its descriptors' closing changed for others */
    log_end();
}

static void each_other_thread(struct task *task, void *with)
{
    struct task *leader = with;        /* execve ends all other threads, and not all of them report it */
    if (task->pid == leader->pid && task != leader && task->known) {
        log_begin(DEATH, task->tid);
        log_number("status=0");
        task_forget(task);
        log_end();
    }
}

static struct task *execed(struct task *task)
{
    pid_t tid = task->tid;
    unsigned long old = (unsigned long)tid;
    ptrace(PTRACE_GETEVENTMSG, tid, 0, &old);
    if ((pid_t)old != tid) {           /* another thread called it: it goes on under the leader's id */
        struct task *caller = task_find((pid_t)old);
        if (caller) {
            task_forget(task);
            task_rename(caller, tid);
            task = caller;
        }
    }
    exec_done(task, (pid_t)old);
    task_each(each_other_thread, task);
    return task;
}

/* ---- signals and stops ---- */
static void signal_log(struct task *task, int number)
{
    static struct capture capture;
    struct user_regs_struct regs;
    siginfo_t info = { .si_signo = number };
    ptrace(PTRACE_GETSIGINFO, task->tid, 0, &info);
    bool have = ptrace(PTRACE_GETREGS, task->tid, 0, &regs) == 0;
    capture.count = 0;
    if (have) {
        streams_prepare(task, &capture);
        stack_prepare(task, &capture, &regs);
        gather(task, capture.piece, capture.count);
    }
    log_begin(SIGNAL, task->tid);
    log_bytes(SIGINFO, 0, &info, sizeof info);
    if (have) machine_log(task, &regs);
    log_end();
}

static void group_stop(struct task *task, int number)
{
    log_begin(STOP, task->tid);
    log_number("number=%d", number);
    log_end();
    task->group_stopped = true;
    ptrace(PTRACE_LISTEN, task->tid, 0, 0);
}

static void stop(struct task *task, int status)
{
    int signal = WSTOPSIG(status), event = status >> 16;
    task->stops++;
    if (task->over && line_stepped(task, signal == SIGTRAP && !event)) { resume(task, 0); return; }
    if (signal == CALL_STOP) { call_exit(task); output_now(); resume(task, 0); return; }
    switch (event) {
    case PTRACE_EVENT_SECCOMP:
        call_entry(task);
        if (!task->silent && config.events && ++events > config.events) end_all("events");
        break;
    case PTRACE_EVENT_FORK: case PTRACE_EVENT_VFORK: case PTRACE_EVENT_CLONE:
        task->lends = event == PTRACE_EVENT_VFORK;
        born(task, event);
        break;
    case PTRACE_EVENT_EXEC: task = execed(task); break;
    case PTRACE_EVENT_STOP:
        if (signal == SIGSTOP || signal == SIGTSTP || signal == SIGTTIN || signal == SIGTTOU) { group_stop(task, signal); return; }
        if (task->group_stopped) {
            task->group_stopped = false;
            log_begin(STOP, task->tid);
            log_number("number=0");
            log_end();
        }
        break;
    default:
        if (!task->execed) { resume(task, signal); return; }
        if (signal == SIGTRAP && line_hit(task)) { resume(task, 0); return; }
        signal_log(task, signal);
        resume(task, signal);
        return;
    }
    resume(task, 0);
}

static void handle(pid_t tid, int status)
{
    struct task *task = task_find(tid);
    if (!WIFSTOPPED(status)) { if (task) died(task, status); return; }
    if (!task) task = task_add(tid, tid);
    if (!task->known) { task->early = status; return; }         /* the fork that made it is not reported yet */
    if (!turns_postpone(task, status)) stop(task, status);
}

/* ---- between stops ---- */
static long pages(pid_t pid, const char *name, const char *format)
{
    char path[64], line[256];
    long value = 0, found;
    snprintf(path, sizeof path, "/proc/%d/%s", pid, name);
    FILE *file = fopen(path, "re");
    if (!file) return 0;
    while (fgets(line, sizeof line, file)) if (sscanf(line, format, &found) == 1) { value = found; break; }
    fclose(file);
    return value;
}

static void resident(struct task *task, void *sum) { if (task->tid == task->pid) *(long *)sum += pages(task->pid, "statm", "%*d %ld") * 4096; }

/* Memory no file backs; what processes share since fork is counted once (proc(5), smaps_rollup). */
static void own(struct task *task, void *sum)
{
    if (task->tid != task->pid) return;
    *(long *)sum += 1024 * (pages(task->pid, "smaps_rollup", "Pss_Anon: %ld") + pages(task->pid, "smaps_rollup", "Pss_Shmem: %ld"));
}

static void check_memory(void)
{
    long sum = 0;
    if (!config.memory) return;
    task_each(resident, &sum);         /* cheap, and never too small */
    if (sum <= config.memory) return;
    sum = 0;
    task_each(own, &sum);
    if (sum > config.memory) end_all("memory");
}

/* Program output, typed input and the launcher's pipe, as far as they are ready. What a write has just put into a pipe is
 * left there until its exit stop, where it is seen and taken: only what stays for a while, of a write that waits for room, is
 * taken here. */
static void serve(uint64_t when)
{
    static uint64_t ready_since;
    static struct pollfd *polled;
    enum { OF_EACH = 1 + CHANNELS };
    if (!polled && !(polled = calloc((size_t)nprograms * OF_EACH + 1, sizeof *polled))) die("memory for the programs");
    nfds_t n = 0;
    polled[n++] = (struct pollfd){ control, POLLIN, 0 };
    for (struct program *program = programs; program < programs + nprograms; program++) {
        for (int i = 0; i < CHANNELS; i++) polled[n++] = (struct pollfd){ program->channels[i].fd, POLLIN, 0 };
        polled[n++] = (struct pollfd){ typing_wanted(program) ? program->typing : -1, POLLOUT, 0 };
    }
    char byte;
    if (poll(polled, n, 0) <= 0) { ready_since = 0; return; }
    /* the launcher writes nothing: end of file means that it is gone or wants an end */
    if (polled[0].revents && read(control, &byte, 1) <= 0) end_all("interrupt");
    bool ready = false;
    for (nfds_t i = 1; i < n; i++) {
        if ((i - 1) % OF_EACH == CHANNELS) typing_feed(&programs[(i - 1) / OF_EACH]);
        else ready |= polled[i].revents != 0;
    }
    if (!ready) ready_since = 0;
    else if (!ready_since) ready_since = when;
    else if (when - ready_since >= SLOW) { output_drain(); ready_since = 0; }
}

static void attend(uint64_t when)
{
    static uint64_t checked;
    if (config.seconds > 0 && (double)when > config.seconds * 1e9) end_all("seconds");
    serve(when);
    wire_drain();
    blocked_sample(when);
    processor_look();
    if (when - checked < SLOW) return;
    checked = when;
    log_flush();
    check_memory();
    if (programs->out_path || programs->err_path) output_drain();    /* files have no readiness: look at their size */
}

/* A timer interrupts waitpid, so that one blocking call waits for everything. Blocking matters: the kernel then wakes the
 * tracer on the thread's own processor, which is twice as fast as looking again and again from another one. A tick
 * that comes just before waitpid is lost; the next one is not. */
static void on_tick(int number) { (void)number; }

static void tick_every(uint64_t ns)
{
    static uint64_t set;
    if (set == ns) return;
    set = ns;
    struct itimerval timer = { { 0, (suseconds_t)(ns / 1000) }, { 0, (suseconds_t)(ns / 1000) } };
    setitimer(ITIMER_REAL, &timer, NULL);
}

void loop(void)
{
    struct sigaction action = { .sa_handler = on_tick };
    sigaction(SIGALRM, &action, NULL);
    uint64_t often = config.in_turn ? QUICK : FAST;
    tick_every(often);
    uint64_t attended = now();
    int status, quiet = 0;
    while (!*ended_by && (live_tasks || together_goes_on())) {
        pid_t tid = live_tasks ? waitpid(-1, &status, __WALL) : -1;
        if (tid < 0 && live_tasks && errno == ECHILD) break;
        if (tid > 0) {
            processor_chosen();
            handle(tid, status);
            if (quiet) { quiet = 0; tick_every(often); }
        }
        struct task *next = turns_next(&status);
        if (next) stop(next, status);
        uint64_t when = now();
        together_look(when, tid > 0 || next);
        if ((tid > 0 || config.in_turn) && when - attended < FAST) continue;
        attended = when;
        attend(when);
        /* all quiet, and whoever waits has been looked at: no need to look often */
        if (tid < 0 && ++quiet > 8 && !blocked_wanted() && !typing_wanted_by_any() && !config.in_turn && nprograms == 1) tick_every(SLOW);
    }
    tick_every(0);
}

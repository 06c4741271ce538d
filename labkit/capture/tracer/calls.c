/* System-call stops: one gather of everything an entry needs, the effects at an exit; START and EXEC around execve. */
#include "tracer.h"
#include <errno.h>
#include <linux/close_range.h>
#include <linux/sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <unistd.h>

enum { MMAP = 9, CONNECT = 42, CLONE = 56, EXECVE = 59, EXECVEAT = 322, CLONE3 = 435, UNSHARE = 272, CLOSE_RANGE = 436, PROT_X = 4 };

static void start_log(struct task *task)
{
    log_begin(START, task->tid);
    log_number("format=1\nstack_limit=%ld\ndata_limit=%ld", config.stack_limit, config.data_limit);
    log_text("cwd", config.cwd ? config.cwd : "");
    if (nprograms > 1) log_number("together=%d", nprograms);
    if (task->program->port) log_number("port=%d", task->program->port);
    table_scan(task);
    log_end();
}

/* A child made with CLONE_UNTRACED would escape the recording and its limits. */
static void keep_children(struct task *task)
{
    uint64_t flags;
    if (task->nr == CLONE && task->args[0] & CLONE_UNTRACED)
        ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, rdi), task->args[0] & ~(uint64_t)CLONE_UNTRACED);
    if (task->nr == CLONE3 && peek(task, task->args[0], &flags, 8) == 8 && flags & CLONE_UNTRACED) {
        flags &= ~(uint64_t)CLONE_UNTRACED;
        if (pwrite(space_mem(task), &flags, 8, (off_t)task->args[0]) != 8) end_all("clone");
    }
}

void machine_log(struct task *task, const struct user_regs_struct *regs)
{
    stack_log(task, regs);
    maps_log(task);
    streams_log(task);
}

void call_entry(struct task *task)
{
    static struct capture capture;
    struct user_regs_struct regs;
    if (ptrace(PTRACE_GETREGS, task->tid, 0, &regs) < 0) return;
    task->nr = (long)regs.orig_rax;
    memcpy(task->args, (uint64_t[]){ regs.rdi, regs.rsi, regs.rdx, regs.r10, regs.r8, regs.r9 }, sizeof task->args);
    task->in_call = true;
    task->sampled = task->injected = false;
    task->entered = now();
    task->next_sample = 0;
    task->silent = !config.all_calls && !(task->nr >= 0 && task->nr < CALLS && traced[task->nr]);
    keep_children(task);
    processor_asked(task);
    if (task->silent) return;
    if (task->nr < 0 || task->nr >= CALLS) task->nr = CALLS - 1;   /* no such call: the kernel answers ENOSYS */
    if (!task->execed) start_log(task);
    if (task->nr == CONNECT) wire_connecting(task);
    capture.count = 0;
    streams_prepare(task, &capture);
    plan_prepare(task, &capture, 'e', 0);
    stack_prepare(task, &capture, &regs);
    gather(task, capture.piece, capture.count);
    log_begin(ENTRY, task->tid);
    struct { int32_t nr, pad; uint64_t args[6]; } call = { (int32_t)regs.orig_rax, 0, { 0 } };
    memcpy(call.args, task->args, sizeof call.args);
    log_bytes(CALL, 0, &call, sizeof call);
    plan_log(task);
    machine_log(task, &regs);
    if (config.nfaults) inject_entry(task);
    if (task->injected) log_flag(FLAG_INJECTED);
    log_end();
}

static void streams_after(struct task *task)
{
    int fd;
    if (plan_touches_descriptor(task, &fd)) streams_touched(task, fd);
}

/* With CLONE_PIDFD (clone(2)) the parent has a descriptor of its child now. */
static void child_made(struct task *task)
{
    struct { uint64_t flags, at; } asked = { task->args[0], task->args[2] };
    int fd;
    if (task->nr == CLONE3 && peek(task, task->args[0], &asked, sizeof asked) != sizeof asked) return;
    if (asked.flags & CLONE_PIDFD && peek(task, asked.at, &fd, sizeof fd) == sizeof fd) fd_opened(task, fd);
}

void call_exit(struct task *task)
{
    static struct capture capture;
    errno = 0;
    long rval = ptrace(PTRACE_PEEKUSER, task->tid, offsetof(struct user_regs_struct, rax), 0);
    if (rval == -1 && errno) return;
    if (task->injected) inject_exit(task, &rval);
    if (task->nr == MMAP && rval > 0 && task->args[2] & PROT_X && (int)task->args[4] >= 0) task->space->maps_dirty = true;
    if (task->space->lifted || task->space->credit) lines_rearm(task);
    if (!task->silent) {
        if (!task->execed) {           /* the first execve failed: there is nothing to record */
            errno = (int)-rval;
            die("execve");
        }
        capture.count = 0;
        plan_prepare(task, &capture, 'x', rval);
        if (capture.count) gather(task, capture.piece, capture.count);
        log_begin(EXIT, task->tid);
        log_bytes(RESULT, 0, &rval, 8);
        plan_log(task);
        if (rval == 0 && ((task->nr == UNSHARE && task->args[0] & CLONE_FILES) || (task->nr == CLOSE_RANGE && task->args[2] & CLOSE_RANGE_UNSHARE)))
            table_unshare(task);
        plan_effects(task, rval);
        if (rval > 0 && (task->nr == CLONE || task->nr == CLONE3)) child_made(task);
        streams_after(task);
        if (task->injected) log_flag(FLAG_INJECTED);
        if (config.verify) { task->in_call = false; verify_log(); }
        log_end();
    }
    task->in_call = false;
}

void exec_done(struct task *task, pid_t old_tid)
{
    char path[64], exe[4200] = "";
    struct user_regs_struct regs = { .cs = 0x33 };
    table_unshare(task);
    task->table->tid = task->tid;
    space_drop(task->space);
    task->space = space_new();
    task->space->maps_dirty = true;
    task->nstack = 0;
    task->over = 0;
    task->nagain = 0;
    task->execed = true;
    snprintf(path, sizeof path, "/proc/%d/exe", task->tid);
    ssize_t n = readlink(path, exe, sizeof exe - 1);
    exe[n < 0 ? 0 : n] = 0;
    ptrace(PTRACE_GETREGS, task->tid, 0, &regs);
    log_begin(EXEC, task->tid);
    log_number("old_tid=%d", old_tid);
    log_text("exe", exe);
    if (regs.cs != 0x33) log_flag(FLAG_FOREIGN);   /* __USER_CS; 32-bit code runs with another segment */
    table_scan(task);
    maps_log(task);
    log_end();
    lines_plant(task, exe);
}

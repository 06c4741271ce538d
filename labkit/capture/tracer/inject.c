/* Faults on request: the nth call of a kind fails with an errno, or is told a smaller length. */
#include "tracer.h"
#include <sys/ptrace.h>
#include <sys/user.h>

static long poke(struct task *task, size_t at, uint64_t value) { return ptrace(PTRACE_POKEUSER, task->tid, at, value); }

void inject_entry(struct task *task)
{
    if (!task->space->started) return; /* what ld.so does before the program's entry point is not the program's */
    struct fault *due = NULL;
    for (int i = 0; i < config.nfaults; i++) {
        struct fault *fault = &config.faults[i];
        if (fault->nr != task->nr) continue;
        fault->seen++;
        bool now_due = fault->onwards ? fault->seen >= fault->nth : fault->seen == fault->nth;
        if (now_due && !due) due = fault;
    }
    if (!due || (due->shorten && task->args[2] <= (uint64_t)due->value)) return;     /* or it is short already */
    task->fault = due;
    task->replaced = task->args[2];
    task->injected = (due->shorten ? poke(task, offsetof(struct user_regs_struct, rdx), (uint64_t)due->value)
                                   : poke(task, offsetof(struct user_regs_struct, orig_rax), ~(uint64_t)0)) == 0;
}

void inject_exit(struct task *task, long *rval)
{
    /* a system call leaves its argument registers as they were (System V ABI, x86-64, A.2.1) */
    if (task->fault->shorten) { poke(task, offsetof(struct user_regs_struct, rdx), task->replaced); return; }
    *rval = -task->fault->value;
    poke(task, offsetof(struct user_regs_struct, rax), (uint64_t)*rval);
}

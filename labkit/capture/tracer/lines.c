/* Breakpoints at the beginnings of source lines, so that a stream's buffer is seen filling between system calls.
 *
 * A hit costs two stops, so a loop gets a credit: after that many hits since the last system call all breakpoints of the
 * process are lifted until its next one.
 */
#include "tracer.h"
#include <elf.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <unistd.h>

static const unsigned char INT3 = 0xCC;
enum { SPAN = 1 << 16 };

static bool put(struct task *task, uint64_t at, const void *bytes, size_t size)
{
    return pwrite(space_mem(task), bytes, size, (off_t)at) == (ssize_t)size;
}

static int by_address(const void *a, const void *b)
{
    uint64_t x = ((const struct breakpoint *)a)->at, y = ((const struct breakpoint *)b)->at;
    return x < y ? -1 : x > y;
}

/* Writes all breakpoints, or what stood there: runs that lie close together by one write. */
static void write_all(struct task *task, bool planted)
{
    struct space *space = task->space;
    static unsigned char bytes[SPAN];
    for (int i = 0, end; i < space->nbreakpoints; i = end) {
        uint64_t from = space->breakpoints[i].at;
        for (end = i; end < space->nbreakpoints && space->breakpoints[end].at - from < SPAN; end++) { }
        size_t size = (size_t)(space->breakpoints[end - 1].at - from + 1);
        if (peek(task, from, bytes, size) != size) continue;
        for (int k = i; k < end; k++) bytes[space->breakpoints[k].at - from] = planted ? INT3 : space->breakpoints[k].original;
        put(task, from, bytes, size);
    }
    space->lifted = !planted;
}

/* How far the program was loaded from where it was linked, and where it begins: auxv's AT_ENTRY against e_entry. */
static bool entry_point(struct task *task, uint64_t *start, uint64_t *bias)
{
    char path[64];
    Elf64_Ehdr header;
    Elf64_auxv_t auxv[64];
    snprintf(path, sizeof path, "/proc/%d/exe", task->tid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, &header, sizeof header);
    if (fd >= 0) close(fd);
    if (n != sizeof header || memcmp(header.e_ident, ELFMAG, SELFMAG) != 0) return false;
    snprintf(path, sizeof path, "/proc/%d/auxv", task->tid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    n = fd < 0 ? -1 : read(fd, auxv, sizeof auxv);
    if (fd >= 0) close(fd);
    for (ssize_t i = 0; i < n / (ssize_t)sizeof *auxv; i++)
        if (auxv[i].a_type == AT_ENTRY) {
            *start = auxv[i].a_un.a_val;
            *bias = *start - header.e_entry;
            return true;
        }
    return false;
}

static void plant_lines(struct task *task, const struct watched_line *lines, uint64_t bias)
{
    struct space *space = task->space;
    space->breakpoints = calloc((size_t)lines->count + 1, sizeof *space->breakpoints);
    if (!space->breakpoints) die("memory for breakpoints");
    for (int i = 0; i < lines->count; i++) {
        struct breakpoint *breakpoint = &space->breakpoints[space->nbreakpoints];
        *breakpoint = (struct breakpoint){ .at = lines->address[i] + bias, .link = lines->address[i] };
        if (peek(task, breakpoint->at, &breakpoint->original, 1) == 1) space->nbreakpoints++;
    }
    qsort(space->breakpoints, (size_t)space->nbreakpoints, sizeof *space->breakpoints, by_address);
    write_all(task, true);
}

void lines_plant(struct task *task, const char *exe)
{
    uint64_t start, bias;
    struct space *space = task->space;
    if (!(config.nlines || config.nfaults) || !entry_point(task, &start, &bias)) return;
    for (int i = 0; i < config.nlines; i++)
        if (strcmp(config.lines[i].path, exe) == 0) { plant_lines(task, &config.lines[i], bias); break; }
    if (config.nfaults && peek(task, start, &space->start_byte, 1) == 1 && put(task, start, &INT3, 1)) space->start = start;
}

void lines_copy(struct space *to, const struct space *from)
{
    to->start = from->start;
    to->start_byte = from->start_byte;
    to->started = from->started;
    to->lifted = from->lifted;
    to->credit = from->credit;
    if (!from->nbreakpoints) return;
    size_t size = sizeof *to->breakpoints * (size_t)from->nbreakpoints;
    if (!(to->breakpoints = malloc(size))) die("memory for breakpoints");
    memcpy(to->breakpoints, from->breakpoints, size);
    to->nbreakpoints = from->nbreakpoints;
}

void lines_forget(struct space *space) { free(space->breakpoints); }

void lines_rearm(struct task *task)
{
    if (task->space->lifted && task->space->nbreakpoints) write_all(task, true);
    task->space->credit = 0;
}

static void line_log(struct task *task, struct user_regs_struct *regs, uint64_t link)
{
    static struct capture capture;
    capture.count = 0;
    streams_prepare(task, &capture);
    stack_prepare(task, &capture, regs);
    gather(task, capture.piece, capture.count);
    log_begin(LINE, task->tid);
    log_number("address=%llu\nlink_address=%llu", regs->rip, (unsigned long long)link);
    machine_log(task, regs);
    if (task->space->lifted) log_flag(FLAG_LIFTED);
    log_end();
}

static struct breakpoint *find(struct space *space, uint64_t at)
{
    struct breakpoint key = { .at = at };
    return space->nbreakpoints ? bsearch(&key, space->breakpoints, (size_t)space->nbreakpoints, sizeof key, by_address) : NULL;
}

/* Was this line logged when a signal came before its first instruction? Handlers nest, so this is a stack, of those whose
 * frame still stands. */
static bool logged_before(struct task *task, const struct user_regs_struct *regs)
{
    while (task->nagain && task->again[task->nagain - 1].sp < regs->rsp) task->nagain--;
    if (!task->nagain || task->again[task->nagain - 1].sp != regs->rsp || task->again[task->nagain - 1].at != regs->rip) return false;
    task->nagain--;
    return true;
}

static void will_come_again(struct task *task, const struct user_regs_struct *regs)
{
    if (task->nagain == 4) return;
    task->again[task->nagain].at = regs->rip;
    task->again[task->nagain++].sp = regs->rsp;
}

/* The thread ran into an int3: ours? Then it stands before the instruction again, ready for one step over it. */
bool line_hit(struct task *task)
{
    struct user_regs_struct regs;
    struct space *space = task->space;
    if (!(space->nbreakpoints || space->start) || ptrace(PTRACE_GETREGS, task->tid, 0, &regs) < 0) return false;
    regs.rip -= 1;
    struct breakpoint *breakpoint = find(space, regs.rip);
    bool start = space->start && !space->started && regs.rip == space->start;
    if (!breakpoint && !start) return false;
    ptrace(PTRACE_POKEUSER, task->tid, offsetof(struct user_regs_struct, rip), regs.rip);
    if (start) {
        space->started = true;
        if (!breakpoint) { put(task, space->start, &space->start_byte, 1); return true; }
    }
    if (!logged_before(task, &regs)) {
        if (++space->credit >= config.credit) write_all(task, false);
        line_log(task, &regs, breakpoint->link);
    }
    if (space->lifted) return true;
    put(task, regs.rip, &breakpoint->original, 1);
    task->over = regs.rip;
    return true;
}

/* The next stop after a step: the breakpoint goes back in. True if that stop was the step itself. */
bool line_stepped(struct task *task, bool trap)
{
    uint64_t at = task->over;
    siginfo_t info;
    struct user_regs_struct regs;
    task->over = 0;
    if (!task->space->lifted && find(task->space, at)) put(task, at, &INT3, 1);
    if (trap && ptrace(PTRACE_GETSIGINFO, task->tid, 0, &info) == 0 && info.si_code == TRAP_TRACE) return true;
    /* a signal came first: the same line will be hit again, and is logged already */
    if (ptrace(PTRACE_GETREGS, task->tid, 0, &regs) == 0 && regs.rip == at) will_come_again(task, &regs);
    return false;
}

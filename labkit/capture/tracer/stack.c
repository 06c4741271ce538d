/* Registers and the top of the stack of a stopped thread, logged as differences from its last stop. */
#include "tracer.h"
#include <stdlib.h>
#include <string.h>

struct stack_head { uint64_t sp; uint32_t length, runs; };
struct run { uint32_t start, size; };
enum { MOST_RUNS = 4096, BLOCK = 256 };

static unsigned char *fresh;           /* what was just read */
static struct piece *piece;

void stack_prepare(struct task *task, struct capture *capture, const struct user_regs_struct *regs)
{
    (void)task;
    size_t limit = (size_t)config.stack_limit;
    if (!fresh && !(fresh = malloc(limit))) die("memory for the stack");
    /* last of the pieces: it may run over the end of the stack's mapping, and that is no fault */
    piece = capture_add(capture, regs->rsp, fresh, limit);
}

static void regs_log(struct task *task, const struct user_regs_struct *regs)
{
    const uint64_t *word = (const uint64_t *)regs;
    uint64_t out[NREGS + 1];
    uint32_t mask = 0;
    int n = 1;
    for (int i = 0; i < NREGS; i++)
        if (word[i] != task->regs[i]) { mask |= 1u << i; out[n++] = task->regs[i] = word[i]; }
    out[0] = mask;
    log_bytes(REGS, 0, out, (size_t)n * 8);
}

/* Unwinding asks the stack for addresses only: of code, and of the stack itself. What cannot be one becomes 0, so that
   text and numbers in the buffers of the program and of libc neither fill the log nor leave the program. */
static uint64_t address_or_0(uint64_t word) { return word - 0x10000 < 0x7FFFFFFF0000u ? word : 0; }

static struct run runs[MOST_RUNS];
static uint32_t nruns, bytes;

static void run_add(int64_t start, int64_t size)
{
    struct run *last = nruns ? &runs[nruns - 1] : NULL;
    bytes += (uint32_t)size;
    if (last && last->start + last->size == (uint64_t)start) last->size += (uint32_t)size;
    else runs[nruns++] = (struct run){ (uint32_t)start, (uint32_t)size };
}

/* Words of [from, to) of the new window that are not as in `old`, or not 0 where there is no old one. A thread's window is
 * kept as it was read, so that what did not change, most of it, is passed over by comparing blocks. */
static void runs_find(const unsigned char *old, int64_t from, int64_t to)
{
    for (int64_t i = from; i < to; i += 8) {
        uint64_t before = 0, now;
        while (old && i + BLOCK <= to && memcmp(old + i, fresh + i, BLOCK) == 0) i += BLOCK;
        if (i == to) return;
        if (old) memcpy(&before, old + i, 8);
        memcpy(&now, fresh + i, 8);
        if (before == now || address_or_0(before) == address_or_0(now)) continue;
        if (nruns >= MOST_RUNS - 3) { run_add(i, to - i); return; }
        run_add(i, 8);
    }
}

void stack_log(struct task *task, const struct user_regs_struct *regs)
{
    regs_log(task, regs);
    uint32_t length = (uint32_t)piece->got & ~7u;
    int64_t shift = (int64_t)(regs->rsp - task->sp);
    /* [from, to) of the new window lies in the old one too, at offset + shift */
    int64_t from = shift < 0 ? -shift : 0, to = (int64_t)task->nstack - shift;
    if (to > length) to = length;
    if (from >= to || (shift & 7)) from = to = 0;
    const unsigned char *old = task->stack ? task->stack + shift : NULL;
    nruns = bytes = 0;
    runs_find(NULL, 0, from);
    if (from < to) runs_find(old, from, to);
    runs_find(NULL, to, length);
    unsigned char *at = log_section(STACK, 0, sizeof(struct stack_head) + nruns * sizeof(struct run) + bytes);
    *(struct stack_head *)at = (struct stack_head){ regs->rsp, length, nruns };
    at += sizeof(struct stack_head);
    memcpy(at, runs, nruns * sizeof(struct run));
    at += nruns * sizeof(struct run);
    uint64_t *out = (uint64_t *)at;
    for (uint32_t i = 0; i < nruns; i++)
        for (uint32_t k = 0; k < runs[i].size; k += 8) *out++ = address_or_0(*(const uint64_t *)(fresh + runs[i].start + k));
    /* keep the new window: swap buffers rather than copy */
    unsigned char *spare = task->stack ? task->stack : malloc((size_t)config.stack_limit);
    if (!spare) die("memory for the stack");
    task->stack = fresh;
    fresh = spare;
    task->sp = regs->rsp;
    task->nstack = length;
}

/* Registers and the top of the stack of a stopped thread, logged as differences from its last stop. */
#include "tracer.h"
#include <stdlib.h>
#include <string.h>

struct stack_head { uint64_t sp; uint32_t length, runs; };
struct run { uint32_t start, size; };

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

void stack_log(struct task *task, const struct user_regs_struct *regs)
{
    regs_log(task, regs);
    uint32_t length = (uint32_t)piece->got & ~7u;
    int64_t shift = (int64_t)(regs->rsp - task->sp);
    /* [from, to) of the new window lies in the old one too, at offset + shift */
    int64_t from = shift < 0 ? -shift : 0, to = (int64_t)task->nstack - shift;
    if (to > length) to = length;
    if (from >= to || (shift & 7)) from = to = 0;
    static struct run runs[4096];
    uint32_t nruns = 0, bytes = 0;
    if (from > 0) { runs[nruns++] = (struct run){ 0, (uint32_t)from }; bytes += (uint32_t)from; }
    const unsigned char *old = task->stack ? task->stack + shift : NULL;
    if (from < to && memcmp(old + from, fresh + from, (size_t)(to - from)) != 0)
        for (int64_t i = from; i < to; i += 8) {
            if (memcmp(old + i, fresh + i, 8) == 0) continue;
            struct run *last = nruns ? &runs[nruns - 1] : NULL;
            if (last && last->start + last->size == (uint64_t)i) last->size += 8;
            else if (nruns < 4000) runs[nruns++] = (struct run){ (uint32_t)i, 8 };
            else { runs[nruns++] = (struct run){ (uint32_t)i, (uint32_t)(to - i) }; bytes += (uint32_t)(to - i); break; }
            bytes += 8;
        }
    if (to < length) { runs[nruns++] = (struct run){ (uint32_t)to, length - (uint32_t)to }; bytes += length - (uint32_t)to; }
    unsigned char *at = log_section(STACK, 0, sizeof(struct stack_head) + nruns * sizeof(struct run) + bytes);
    *(struct stack_head *)at = (struct stack_head){ regs->rsp, length, nruns };
    at += sizeof(struct stack_head);
    memcpy(at, runs, nruns * sizeof(struct run));
    at += nruns * sizeof(struct run);
    for (uint32_t i = 0; i < nruns; i++) { memcpy(at, fresh + runs[i].start, runs[i].size); at += runs[i].size; }
    /* keep the new window: swap buffers rather than copy */
    unsigned char *spare = task->stack ? task->stack : malloc((size_t)config.stack_limit);
    if (!spare) die("memory for the stack");
    task->stack = fresh;
    fresh = spare;
    task->sp = regs->rsp;
    task->nstack = length;
}

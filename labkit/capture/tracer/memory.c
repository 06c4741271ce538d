/* Copies memory of the program: many pieces by one system call (process_vm_readv(2)), stopping at nothing that cannot be read. */
#include "tracer.h"
#include <errno.h>
#include <sys/uio.h>
#include <unistd.h>

static bool refused;                   /* process_vm_readv is forbidden here: /proc/PID/mem instead */

static void by_file(struct task *task, struct piece *pieces, int count)
{
    int mem = space_mem(task);
    for (int i = 0; i < count; i++) {
        ssize_t n = mem < 0 ? -1 : pread(mem, pieces[i].to, pieces[i].want, (off_t)pieces[i].address);
        pieces[i].got = n < 0 ? 0 : (size_t)n;
    }
}

void gather(struct task *task, struct piece *pieces, int count)
{
    struct iovec local[PIECES], remote[PIECES];
    for (int i = 0; i < count; i++) {
        pieces[i].got = 0;
        local[i] = (struct iovec){ pieces[i].to, pieces[i].want };
        remote[i] = (struct iovec){ (void *)pieces[i].address, pieces[i].want };
    }
    for (int i = 0; i < count && !refused;) {
        ssize_t n = process_vm_readv(task->tid, local + i, (unsigned long)(count - i), remote + i, (unsigned long)(count - i), 0);
        if (n < 0) {
            if (errno == EPERM || errno == ENOSYS) refused = true;
            else if (errno == ESRCH) return;
            else i++;                  /* the first piece is unreadable from its first byte: EFAULT */
            continue;
        }
        while (i < count && (size_t)n >= pieces[i].want) { pieces[i].got = pieces[i].want; n -= (ssize_t)pieces[i].want; i++; }
        if (i < count) pieces[i++].got = (size_t)n;   /* it stopped inside this one; go on behind it */
    }
    if (refused) by_file(task, pieces, count);
}

size_t peek(struct task *task, uint64_t address, void *to, size_t size)
{
    struct piece piece = { address, to, size, 0 };
    gather(task, &piece, 1);
    return piece.got;
}

struct piece *capture_add(struct capture *capture, uint64_t address, void *to, size_t size)
{
    struct piece *piece = &capture->piece[capture->count++];
    *piece = (struct piece){ address, to, size, 0 };
    return piece;
}

/* The page cache: how much of a file is in memory, how much of that is dirty or being written back, as the kernel says at the
 * stop (cachestat(2), Linux 6.5; else mincore(2), which knows of "in memory" only). Logged for an inode, when it changes.
 *
 * Asking must change nothing that the program sees. A duplicate of its descriptor (pidfd_getfd(2)) does not; where that is refused
 * the file is opened again for reading, which inotify(7), fanotify(7) and leases (fcntl(2)) would tell of: then, if the program
 * has asked for any of these, it is not done. Where closing a duplicate makes a file system write (its f_op->flush), nothing is asked.
 */
#include "tracer.h"
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef SYS_cachestat
#define SYS_cachestat 451
#endif

enum { FSYNC = 74, FDATASYNC = 75, TRUNCATE = 76, FTRUNCATE = 77, SYNC = 162, FADVISE64 = 221, SYNC_FILE_RANGE = 277, SYNCFS = 306,
       MMAP = 9, MUNMAP = 11, MSYNC = 26, FCNTL = 72, INOTIFY_INIT = 253, INOTIFY_INIT1 = 294, FANOTIFY_INIT = 300 };
/* The kernel counts folio by folio (up to 30 ns each): of larger files than these nothing is said. */
enum { SLOTS = 4096, PAGE = 4096, AT_EACH_CALL = 16 << 20, AT_SOME_CALLS = 1 << 30, BY_MINCORE = 64 << 20 };
enum { NFS = 0x6969, FUSE = 0x65735546, AFS = 0x5346414F, KAFS = 0x6B414653, CIFS = 0xFF534D42, SMB2 = 0xFE534D42, SMB = 0x517B };
enum told { TOLD, CACHED_ONLY, NOT_YOURS, TOO_LARGE, WOULD_FLUSH, WATCHED, NO_CALL };

struct pages { uint64_t dev, ino; int64_t cached, dirty, writeback; uint32_t fs; int32_t told; };  /* rawlog.py's _PAGES */
static struct { struct pages pages; uint32_t round; } known[SLOTS];   /* as last logged */
static uint32_t rounds;
static bool everywhere, watches, maps_shared;
bool may_cachestat = true;

static int cachestat(int fd, struct pages *pages)
{
    uint64_t range[2] = { 0, 0 }, counts[5];   /* from 0 to the end: cached, dirty, under writeback, evicted, recently evicted */
    if (syscall(SYS_cachestat, fd, range, counts, 0) < 0) return -1;
    pages->cached = (int64_t)counts[0];
    pages->dirty = (int64_t)counts[1];
    pages->writeback = (int64_t)counts[2];
    return 0;
}

/* A file of the tracer's own may be asked about, unless no file may. */
bool pages_try(void)
{
    int fd = memfd_create("own", MFD_CLOEXEC);
    struct pages pages;
    bool may = fd < 0 || cachestat(fd, &pages) == 0 || (errno != ENOSYS && errno != EPERM);
    if (fd >= 0) close(fd);
    return may && !config.no_cachestat;
}

static bool flushed_by_close(uint32_t fs)
{
    return fs == NFS || fs == FUSE || fs == AFS || fs == KAFS || fs == (uint32_t)CIFS || fs == (uint32_t)SMB2 || fs == SMB;
}

static uint32_t file_system(struct task *task, struct descriptor *descriptor)
{
    struct statfs st;
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, descriptor->fd);
    return (descriptor->path >= 0 ? fstatfs(descriptor->path, &st) : statfs(path, &st)) < 0 ? 0 : (uint32_t)st.f_type;
}

static bool about_storage(long nr)
{
    return nr == FSYNC || nr == FDATASYNC || nr == TRUNCATE || nr == FTRUNCATE || nr == SYNC || nr == FADVISE64 || nr == SYNC_FILE_RANGE ||
        nr == SYNCFS || nr == MSYNC || nr == MUNMAP;
}

/* O_NOATIME is for the owner only, and so is what mincore tells: of others' files it calls every page resident (mm/mincore.c). */
static int reopen(struct task *task, int fd)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, fd);
    return open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC | (may_cachestat ? 0 : O_NOATIME));
}

static bool by_mincore(int fd, int64_t size, struct pages *pages)
{
    size_t count = (size_t)(size + PAGE - 1) / PAGE;
    pages->cached = 0;
    if (!count) return true;
    unsigned char *bytes = malloc(count);
    void *at = mmap(NULL, (size_t)size, PROT_READ, MAP_PRIVATE, fd, 0);
    bool told = bytes && at != MAP_FAILED && mincore(at, (size_t)size, bytes) == 0;
    for (size_t i = 0; told && i < count; i++) pages->cached += bytes[i] & 1;
    if (at != MAP_FAILED) munmap(at, (size_t)size);
    free(bytes);
    return told;
}

/* -1: there is nothing to be said, as the descriptor leads elsewhere by now. */
static int ask(struct task *task, struct descriptor *descriptor, const struct facts *facts, bool whole, struct pages *pages)
{
    if (flushed_by_close(pages->fs)) return WOULD_FLUSH;
    int64_t most = whole || about_storage(task->nr) ? AT_SOME_CALLS : AT_EACH_CALL;
    if (facts->size > (may_cachestat || most < BY_MINCORE ? most : BY_MINCORE)) return TOO_LARGE;
    int fd = may_cachestat ? fd_copy(task, descriptor->table, descriptor->fd) : -1;
    if (fd < 0) {
        if (may_cachestat && may_getfd) return -1;
        if (watches) return WATCHED;
        if ((fd = reopen(task, descriptor->fd)) < 0) return errno == EACCES || errno == EPERM ? NOT_YOURS : -1;
    }
    struct stat st;
    /* only of a stopped process with one thread is the number sure to mean the same file still */
    bool sure = !everywhere && descriptor->table->refs == 1 && task->tid == task->pid;
    int told = -1;
    if (!sure && (fstat(fd, &st) < 0 || st.st_ino != facts->ino || st.st_dev != facts->dev)) told = -1;
    else if (!may_cachestat) told = by_mincore(fd, facts->size, pages) ? CACHED_ONLY : NO_CALL;
    else if (cachestat(fd, pages) == 0) told = TOLD;
    else told = errno == EPERM ? NOT_YOURS : NO_CALL;      /* since 6.13 only of files that one may write */
    close(fd);
    return told;
}

void pages_look(struct task *task, struct descriptor *descriptor, const struct facts *facts, bool whole)
{
    unsigned slot = (facts->ino ^ facts->dev) % SLOTS;
    struct pages *old = &known[slot].pages;
    bool same = old->ino == facts->ino && old->dev == facts->dev;
    if (facts->flags & O_PATH || (everywhere && same && known[slot].round == rounds)) return;
    struct pages now = { facts->dev, facts->ino, -1, -1, -1, same ? old->fs : file_system(task, descriptor), 0 };
    if ((now.told = ask(task, descriptor, facts, whole, &now)) < 0) return;
    known[slot].round = rounds;
    /* a descriptor that is new may be one of an inode the log's reader has forgotten */
    if (same && !whole && memcmp(&now, old, sizeof now) == 0) return;
    *old = now;
    log_bytes(PAGES, 0, &now, sizeof now);
}

static void look(struct task *task, struct descriptor *descriptor, void *with)
{
    if ((descriptor->facts.mode & S_IFMT) != S_IFREG || !(descriptor->facts.have & HAVE_STAT)) return;
    if (with) fd_look(task, descriptor, false);
    else pages_look(task, descriptor, &descriptor->facts, false);
}

/* A call that bears on files it names by no descriptor. */
void pages_everywhere(struct task *task)
{
    if ((task->nr == MUNMAP || task->nr == MSYNC) && !maps_shared) return;
    rounds++;
    everywhere = true;
    descriptors_each(look, task->nr == TRUNCATE ? task : NULL);    /* there the size, too */
    everywhere = false;
}

/* Calls that change what may be asked, or when. */
void pages_heed(struct task *task)
{
    if (task->nr == INOTIFY_INIT || task->nr == INOTIFY_INIT1 || task->nr == FANOTIFY_INIT) watches = true;
    if (task->nr == FCNTL && (int)task->args[1] == F_SETLEASE) watches = true;
    if (task->nr == MMAP && task->args[3] & MAP_SHARED && task->args[2] & PROT_WRITE && (int)task->args[4] >= 0) maps_shared = true;
}

/* Descriptors of the traced processes and the facts of the open files behind them, logged when they change.
 *
 * A call costs the same with 3 and with 1,000 open descriptors: only those the call bears on are looked at. What is kept open
 * in the tracer must not change what the program sees: /proc/PID/fdinfo/FD (proc(5)) holds no reference to the open file, and
 * O_PATH (open(2)) holds the file but no open file description, so locks, end of file, ETXTBSY and inotify are as they would
 * be alone. A duplicate (pidfd_getfd(2)) lives for one look only.
 */
#include "tracer.h"
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

enum { MOST_SLOTS = 1 << 20, MOST_HANDLES = 256, PTS_MAJOR = 136, MEM_MAJOR = 1 };
bool may_getfd = true;
static uint32_t tables;
static struct descriptor *newest, *oldest;
static int handles;

/* Status flags belong to the open file description, which other descriptors and processes share; whoever changes them
 * (F_SETFL, FIONBIO) makes all others' last known flags doubtful. */
static uint32_t flags_changes;

void fd_flags_changed(void) { flags_changes++; }

/* ---- tables ---- */
struct table *table_new(pid_t tid)
{
    struct table *table = calloc(1, sizeof *table);
    if (!table) die("memory for descriptors");
    *table = (struct table){ .refs = 1, .id = ++tables, .tid = tid, .pidfd = -1 };
    return table;
}

struct descriptor *fd_find(struct table *table, int fd)
{
    return fd >= 0 && fd < table->size ? table->slot[fd] : NULL;
}

static struct descriptor *slot_make(struct table *table, int fd)
{
    if (fd < 0 || fd >= MOST_SLOTS) return NULL;
    if (fd >= table->size) {
        int size = fd < 32 ? 64 : fd * 2;
        table->slot = realloc(table->slot, sizeof *table->slot * (size_t)size);
        if (!table->slot) die("memory for descriptors");
        memset(table->slot + table->size, 0, sizeof *table->slot * (size_t)(size - table->size));
        table->size = size;
    }
    if (!table->slot[fd]) {
        struct descriptor *new = calloc(1, sizeof *new);
        if (!new) die("memory for a descriptor");
        *new = (struct descriptor){ .table = table, .fd = fd, .info = -1, .path = -1 };
        table->slot[fd] = new;
    }
    return table->slot[fd];
}

/* ---- handles: opened at the first call on a descriptor, the oldest closed first ---- */
static void handles_close(struct descriptor *descriptor)
{
    if (descriptor->info < 0) return;
    close(descriptor->info);
    if (descriptor->path >= 0) close(descriptor->path);
    descriptor->info = descriptor->path = -1;
    handles--;
    *(descriptor->newer ? &descriptor->newer->older : &newest) = descriptor->older;
    *(descriptor->older ? &descriptor->older->newer : &oldest) = descriptor->newer;
    descriptor->newer = descriptor->older = NULL;
}

static void handles_used(struct descriptor *descriptor)
{
    if (descriptor == newest) return;
    if (descriptor->newer) {           /* already in the list: take it out */
        descriptor->newer->older = descriptor->older;
        *(descriptor->older ? &descriptor->older->newer : &oldest) = descriptor->newer;
    } else if (handles++ >= MOST_HANDLES) { handles_close(oldest); }
    descriptor->newer = NULL;
    descriptor->older = newest;
    *(newest ? &newest->newer : &oldest) = descriptor;
    newest = descriptor;
}

static void forget(struct descriptor *descriptor)
{
    handles_close(descriptor);
    descriptor->table->slot[descriptor->fd] = NULL;
    free(descriptor->link);
    free(descriptor->text);
    free(descriptor->ends);
    free(descriptor);
}

struct table *table_copy(struct table *from, pid_t tid)
{
    struct table *table = table_new(tid);
    for (int fd = 0; fd < from->size; fd++) {
        struct descriptor *old = from->slot[fd];
        if (!old) continue;
        struct descriptor *new = slot_make(table, fd);
        new->facts = old->facts;
        new->flags_read = old->flags_read;
        new->link = old->link ? strdup(old->link) : NULL;
        if (old->socket) socket_attach(new, old->facts.ino);
    }
    return table;
}

/* unshare(2) with CLONE_FILES, close_range(2) with CLOSE_RANGE_UNSHARE, execve(2) */
void table_unshare(struct task *task)
{
    struct table *table = task->table;
    if (table->refs == 1) return;
    task->table = table_copy(table, task->tid);
    table_drop(task, table);
}

void table_drop(struct task *task, struct table *table)
{
    if (--table->refs) return;
    for (int fd = 0; fd < table->size; fd++) {
        struct descriptor *descriptor = table->slot[fd];
        if (!descriptor) continue;
        if (descriptor->socket) socket_detach(task, descriptor, true);
        forget(descriptor);
    }
    if (table->pidfd >= 0) close(table->pidfd);
    free(table->slot);
    free(table);
}

static void task_of(struct task *task, void *with)
{
    struct { struct table *table; struct task *found; } *search = with;
    if (task->table == search->table && task->known) search->found = task;
}

/* A living thread that uses this table: its /proc entry is the way in. */
struct task *table_task(struct table *table, struct task *first)
{
    if (first && first->table == table) return first;
    struct task *task = task_find(table->tid);
    if (task && task->table == table) return task;
    struct { struct table *table; struct task *found; } search = { table, NULL };
    task_each(task_of, &search);
    if (search.found) table->tid = search.found->tid;
    return search.found;
}

struct visit { void (*each)(struct task *, struct descriptor *, void *); void *with; };

static void visit_table(struct task *task, void *with)
{
    struct visit *visit = with;
    struct table *table = task->table;
    if (!table || !task->known || table_task(table, NULL) != task) return;     /* each table once */
    for (int fd = 0; fd < table->size; fd++)
        if (table->slot[fd]) visit->each(task, table->slot[fd], visit->with);
}

void descriptors_each(void (*each)(struct task *, struct descriptor *, void *), void *with)
{
    task_each(visit_table, &(struct visit){ each, with });
}

/* ---- facts ---- */
int fd_copy(struct task *task, struct table *table, int fd)
{
    if (!may_getfd) return -1;
    if (table->pidfd >= 0 && table->pidfd_of != task->pid) { close(table->pidfd); table->pidfd = -1; }
    if (table->pidfd < 0) {
        table->pidfd = (int)syscall(SYS_pidfd_open, task->pid, 0);
        table->pidfd_of = task->pid;
    }
    if (table->pidfd < 0) { if (errno == EPERM || errno == ENOSYS) may_getfd = false; return -1; }
    int copy = (int)syscall(SYS_pidfd_getfd, table->pidfd, fd, 0);
    if (copy < 0 && (errno == EPERM || errno == ENOSYS)) may_getfd = false;
    return copy;
}

/* Where pidfd_getfd is refused: open the pipe or terminal again for a moment. Not a FIFO with a name, whose other end
 * may be waiting in open(2) for a reader, and would go on. */
static int fd_reopen(struct task *task, int fd, const char *link)
{
    char path[64];
    if (strncmp(link, "pipe:", 5) != 0 && strncmp(link, "/dev/pts/", 9) != 0) return -1;
    snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, fd);
    return open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
}

static void queue_facts(struct task *task, struct descriptor *descriptor, struct facts *facts, const char *link, bool whole)
{
    int waiting, copy = fd_copy(task, descriptor->table, descriptor->fd);
    if (copy < 0 && !may_getfd) copy = fd_reopen(task, descriptor->fd, link);
    if (copy < 0) return;
    if (ioctl(copy, FIONREAD, &waiting) == 0) { facts->queue = turns_waiting(facts->ino, waiting); facts->have |= HAVE_QUEUE; }
    if (whole && S_ISFIFO(facts->mode)) {
        int capacity = fcntl(copy, F_GETPIPE_SZ);
        if (capacity > 0) { facts->capacity = capacity; facts->have |= HAVE_CAPACITY; }
    }
    if (facts->have & HAVE_CAPACITY && facts->queue > facts->capacity) facts->queue = facts->capacity;
    close(copy);
}

static long field(const char *text, const char *key, int base)
{
    const char *at = strstr(text, key);
    return at ? strtol(at + strlen(key), NULL, base) : 0;
}

static void info_facts(const char *text, struct facts *facts)
{
    long flags = field(text, "flags:", 8);
    facts->flags = (uint32_t)(flags & ~(long)O_CLOEXEC);
    facts->have = (facts->have & ~(uint32_t)CLOEXEC) | HAVE_FLAGS | HAVE_CLOEXEC | (flags & O_CLOEXEC ? CLOEXEC : 0);
    uint32_t type = facts->mode & S_IFMT;
    if (type == S_IFREG || type == S_IFDIR || type == S_IFCHR || type == S_IFBLK) { facts->pos = field(text, "pos:", 10); facts->have |= HAVE_POS; }
}

static ssize_t info_read(struct task *task, struct descriptor *descriptor, char *text, size_t size)
{
    if (descriptor->info >= 0) {
        ssize_t n = pread(descriptor->info, text, size - 1, 0);
        if (n > 0) { text[n] = 0; return n; }
        handles_close(descriptor);     /* closed, or the thread it was opened through is gone */
    }
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fdinfo/%d", task->tid, descriptor->fd);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) return -1;
    ssize_t n = pread(fd, text, size - 1, 0);
    if (n <= 0) { close(fd); return -1; }
    text[n] = 0;
    descriptor->info = fd;
    handles_used(descriptor);
    return n;
}

static bool stat_facts(struct task *task, struct descriptor *descriptor, struct facts *facts)
{
    struct stat st;
    if (descriptor->path >= 0 ? fstat(descriptor->path, &st) < 0 : true) {
        char path[64];
        snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, descriptor->fd);
        if (stat(path, &st) < 0) return false;
        if (S_ISREG(st.st_mode) && descriptor->info >= 0) descriptor->path = open(path, O_PATH | O_CLOEXEC);
    }
    facts->mode = st.st_mode;
    facts->dev = st.st_dev;
    facts->rdev = st.st_rdev;
    facts->ino = st.st_ino;
    facts->have |= HAVE_STAT;
    if (S_ISREG(st.st_mode)) { facts->size = st.st_size; facts->have |= HAVE_SIZE; }
    return true;
}

struct brief { uint32_t table; int32_t fd, pid; uint32_t have; int64_t pos, size, queue, outqueue; };

static uint16_t add(unsigned char **at, const void *data, uint16_t size)
{
    if (size != 0xFFFF && size) { memcpy(*at, data, size); *at += size; }
    return size;
}

/* 0xFFFF: there are none */
static bool same_bytes(const unsigned char *old, const unsigned char *new, uint16_t size) { return size == 0xFFFF || memcmp(old, new, size) == 0; }
static void keep_bytes(unsigned char *old, const unsigned char *new, uint16_t size) { if (size != 0xFFFF) memcpy(old, new, size); }

static void keep_text(char **old, const char *new)
{
    if (*old && strcmp(*old, new) == 0) return;
    free(*old);
    if (!(*old = strdup(new))) die("memory for a descriptor");
}

/* Which descriptor of an inode the log spoke of last. Another one of the same inode may have been logged with newer values
 * since this one was, so that "as before" would mean those; then it is logged again. A slot taken over costs one brief record. */
enum { SPOKEN_OF = 4096 };
static struct { uint64_t ino; uint32_t table; int32_t fd; } spoken_of[SPOKEN_OF];

static bool last_of_its_inode(const struct facts *facts)
{
    unsigned slot = facts->ino % SPOKEN_OF;
    bool same = spoken_of[slot].ino == facts->ino && spoken_of[slot].table == facts->table && spoken_of[slot].fd == facts->fd;
    spoken_of[slot].ino = facts->ino;
    spoken_of[slot].table = facts->table;
    spoken_of[slot].fd = facts->fd;
    return same;
}

/* Logs the descriptor if anything differs from what the log says already. */
void fd_log(struct task *task, struct descriptor *descriptor, struct facts *facts, const char *link, const unsigned char *local,
            const unsigned char *peer, const unsigned char *tcp, const char *info)
{
    facts->table = descriptor->table->id;
    facts->fd = descriptor->fd;
    facts->pid = task->pid;
    if (!task->execed && facts->fd < 3) { facts->shares = task->program->shares[facts->fd]; facts->have |= HAVE_SHARES; }
    facts->link_size = (uint16_t)strlen(link);
    facts->info_size = (uint16_t)strlen(info);
    struct facts *old = &descriptor->facts, same = *facts;
    same.pid = old->pid;
    if (descriptor->socket && !descriptor->ends && !(descriptor->ends = calloc(1, sizeof *descriptor->ends))) die("memory for a descriptor");
    bool texts = descriptor->logged && strcmp(descriptor->link, link) == 0 && strcmp(descriptor->text, info) == 0;
    if (descriptor->socket)
        texts = texts && same_bytes(descriptor->ends->tcp, tcp, facts->tcp_size) &&
            same_bytes(descriptor->ends->local, local, facts->local_size) && same_bytes(descriptor->ends->peer, peer, facts->peer_size);
    bool last = last_of_its_inode(facts);
    if (last && texts && memcmp(&same, old, sizeof same) == 0) return;
    same.pos = old->pos; same.size = old->size; same.queue = old->queue; same.outqueue = old->outqueue;
    if (texts && memcmp(&same, old, sizeof same) == 0)
        *(struct brief *)log_section(FD_BRIEF, 0, sizeof(struct brief)) =
            (struct brief){ facts->table, facts->fd, facts->pid, facts->have, facts->pos, facts->size, facts->queue, facts->outqueue };
    else {
        unsigned char bytes[sizeof *facts + 5000 + 256 + 256 + 512], *at = bytes + sizeof *facts;
        facts->link_size = add(&at, link, facts->link_size > 4096 ? 4096 : facts->link_size);
        add(&at, local, facts->local_size);
        add(&at, peer, facts->peer_size);
        add(&at, tcp, facts->tcp_size);
        add(&at, info, facts->info_size);
        memcpy(bytes, facts, sizeof *facts);
        log_bytes(FD, 0, bytes, (size_t)(at - bytes));
        if (descriptor->socket) {
            keep_bytes(descriptor->ends->tcp, tcp, facts->tcp_size);
            keep_bytes(descriptor->ends->local, local, facts->local_size);
            keep_bytes(descriptor->ends->peer, peer, facts->peer_size);
        }
        keep_text(&descriptor->text, info);
        keep_text(&descriptor->link, link);
    }
    *old = *facts;
    descriptor->logged = true;
}

static void gone(struct task *task, struct descriptor *descriptor)
{
    if (descriptor->logged || descriptor->link) {
        struct { uint32_t table; int32_t fd, pid; } which = { descriptor->table->id, descriptor->fd, task->pid };
        log_bytes(FD_GONE, 0, &which, sizeof which);
    }
    if (descriptor->socket) socket_detach(task, descriptor, true);
    forget(descriptor);
}

/* /dev/null, zero, full, random, urandom: reading and writing move no position (null_lseek in drivers/char/mem.c). */
static bool never_moves(const struct facts *facts)
{
    return (facts->mode & S_IFMT) == S_IFCHR && facts->rdev >> 8 == MEM_MAJOR;
}

/* Everything there is to know, if `whole`; else only what reading and writing change. */
static void refresh(struct task *task, struct descriptor *descriptor, bool whole)
{
    char text[512], link[4200], path[64];
    struct facts facts = { .local_size = 0xFFFF, .peer_size = 0xFFFF, .tcp_size = 0xFFFF };
    whole = whole || !descriptor->link || !(descriptor->facts.have & HAVE_STAT);
    if (!whole && descriptor->logged && never_moves(&descriptor->facts)) return;
    if (whole) {
        snprintf(path, sizeof path, "/proc/%d/fd/%d", task->tid, descriptor->fd);
        ssize_t n = readlink(path, link, sizeof link - 1);
        if (n < 0) { gone(task, descriptor); return; }
        link[n] = 0;
        handles_close(descriptor);     /* the number may mean another file now */
    } else {
        strcpy(link, descriptor->link);
        facts = descriptor->facts;
        facts.have &= ~(uint32_t)(HAVE_POS | HAVE_SIZE | HAVE_QUEUE | HAVE_OUTQUEUE);
        facts.pos = facts.size = facts.queue = facts.outqueue = 0;
    }
    uint32_t type = facts.mode & S_IFMT;
    /* of a pipe or socket, reading and writing change nothing that fdinfo shows; fcntl may have, by any descriptor of it */
    bool info = whole || !(type == S_IFIFO || type == S_IFSOCK) || descriptor->flags_read != flags_changes;
    if (info && info_read(task, descriptor, text, sizeof text) < 0) { gone(task, descriptor); return; }
    if ((whole || type == S_IFREG) && !stat_facts(task, descriptor, &facts)) return;
    type = facts.mode & S_IFMT;
    if (info) { info_facts(text, &facts); descriptor->flags_read = flags_changes; }
    if (whole && type == S_IFSOCK) {
        if (descriptor->socket && descriptor->facts.ino != facts.ino) socket_detach(task, descriptor, true);
        if (!descriptor->socket) { descriptor->facts.ino = facts.ino; socket_attach(descriptor, facts.ino); }
    } else if (whole && descriptor->socket) socket_detach(task, descriptor, true);
    if (type == S_IFSOCK) { socket_facts(task, descriptor, &facts, whole); return; }
    if (type == S_IFIFO || (type == S_IFCHR && facts.rdev >> 8 >= PTS_MAJOR && facts.rdev >> 8 < PTS_MAJOR + 8)) {
        queue_facts(task, descriptor, &facts, link, whole);
        output_written(facts.ino);
    }
    fd_log(task, descriptor, &facts, link, NULL, NULL, NULL, type == 0 ? text : "");
    if (type == S_IFREG) pages_look(task, descriptor, &facts, whole);
}

void fd_look(struct task *task, struct descriptor *descriptor, bool whole) { refresh(task, descriptor, whole); }

void fd_opened(struct task *task, int fd)
{
    struct descriptor *descriptor = slot_make(task->table, fd);
    if (!descriptor) return;
    descriptor->logged = false;
    refresh(task, descriptor, true);
    if ((descriptor = fd_find(task->table, fd)) && descriptor->socket) socket_related(task, descriptor);
}

void fd_refresh(struct task *task, int fd, bool whole)
{
    struct descriptor *descriptor = fd_find(task->table, fd);
    if (!descriptor && !(descriptor = slot_make(task->table, fd))) return;
    refresh(task, descriptor, whole);
    if ((descriptor = fd_find(task->table, fd)) && descriptor->socket) socket_related(task, descriptor);
}

void table_scan(struct task *task)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%d/fd", task->tid);
    DIR *folder = opendir(path);
    if (!folder) return;
    int most = task->table->size;
    bool *seen = calloc((size_t)most + 1, sizeof *seen);
    if (!seen) die("memory for descriptors");
    log_section(TABLE, 0, 0);
    for (struct dirent *entry; (entry = readdir(folder)); ) {
        if (entry->d_name[0] == '.') continue;
        int fd = atoi(entry->d_name);
        struct descriptor *descriptor = slot_make(task->table, fd);
        if (!descriptor) continue;
        if (fd < most) seen[fd] = true;
        descriptor->logged = false;
        refresh(task, descriptor, true);
    }
    closedir(folder);
    log_section(TABLE, 1, 0);
    for (int fd = 0; fd < most; fd++) {
        struct descriptor *descriptor = fd_find(task->table, fd);
        if (!descriptor || seen[fd]) continue;
        if (descriptor->socket) socket_detach(task, descriptor, true);
        forget(descriptor);
    }
    free(seen);
}

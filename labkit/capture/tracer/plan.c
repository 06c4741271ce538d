/* The plan: which argument memory to copy at entry and exit of which call, and which descriptors a call bears on. It comes
 * from the launcher as text lines "NR ARG OP WHEN PARAM"; this file knows the shapes of memory (a string, a counted buffer, an
 * iovec …) and no system call, except where a message carries descriptors. WHEN: e at entry, x at exit on success, X at exit always.
 */
#include "tracer.h"
#include <fcntl.h>
#include <linux/limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>

struct operation *plan[CALLS];
bool traced[CALLS];

enum { STR = 's', BUF = 'b', RETBUF = 'r', MEM = 'm', IOV = 'i', SOCKADDR = 'a', SOCKADDRP = 'p', MSGHDR = 'h', MMSGHDR = 'H', STRV = 'v',
       ARR = 'A', RETARR = 'R', REFRESH = '1', NEWFD = '2', FDPAIR = '3', RESCAN = '4', SHARE = '5', NAMED = '6', STORAGE = '7' };
static const struct { const char *name; char kind; enum part part; } operations[] = {
    { "str", STR, PART_STR }, { "buf", BUF, PART_BUF }, { "retbuf", RETBUF, PART_RETBUF }, { "mem", MEM, PART_MEM },
    { "iov", IOV, PART_IOV }, { "sockaddr", SOCKADDR, PART_SOCKADDR }, { "sockaddrp", SOCKADDRP, PART_SOCKADDRP },
    { "msghdr", MSGHDR, PART_MSGHDR }, { "mmsghdr", MMSGHDR, PART_MMSGHDR }, { "strv", STRV, PART_STRV }, { "arr", ARR, PART_ARR },
    { "retarr", RETARR, PART_RETARR }, { "fd", REFRESH, 0 }, { "newfd", NEWFD, 0 }, { "fdpair", FDPAIR, 0 }, { "rescan", RESCAN, 0 },
    { "share", SHARE, 0 }, { "named", NAMED, 0 }, { "storage", STORAGE, 0 } };

void plan_line(const char *text)
{
    int nr, arg = 0;
    char name[16] = "", when = 'e';
    long param = 0;
    if (text[0] == '*') { config.all_calls = true; return; }
    int n = sscanf(text, "%d %d %15s %c %ld", &nr, &arg, name, &when, &param);
    if (n < 1 || nr < 0 || nr >= CALLS) die(text);
    traced[nr] = true;
    if (n == 1) return;                /* a call to be seen, of which no memory is wanted */
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (strcmp(name, operations[i].name) == 0) {
            struct operation *operation = calloc(1, sizeof *operation), **end = &plan[nr];
            if (!operation) die("memory for the plan");
            *operation = (struct operation){ operations[i].kind, when, (unsigned char)(arg < 0 || arg > 5 ? 0 : arg), param, NULL };
            while (*end) end = &(*end)->next;
            *end = operation;
            return;
        }
    die(text);
}

/* ---- pieces wanted at this stop: those whose address and length are known go into the one gather, others follow in plan_log ---- */
struct memory_head { uint64_t address, total; uint32_t part; int32_t index; };
struct wanted { struct operation *operation; uint64_t total; struct piece *piece; };
enum { WANTED = 16 };
static struct wanted wanted[WANTED];
static int nwanted;
static long result;                    /* of the call, at its exit */
static char stage;                     /* 'e' or 'x' */
static unsigned char *arena;
static size_t arena_used, arena_room;

static void *arena_take(size_t size)
{
    void *at = arena + arena_used;
    arena_used += (size + 7) & ~(size_t)7;
    return at;
}

static size_t least(uint64_t a, uint64_t b) { return (size_t)(a < b ? a : b); }

static enum part part_of(char kind)
{
    for (size_t i = 0; i < sizeof operations / sizeof *operations; i++)
        if (operations[i].kind == kind) return operations[i].part;
    return PART_MEM;
}

static void emit(int arg, enum part part, int index, uint64_t address, uint64_t total, const void *data, size_t got, size_t asked)
{
    struct memory_head *head = log_section(MEMORY, arg | (got < asked ? 0x100 : 0), sizeof *head + got);
    *head = (struct memory_head){ address, total, part, index };
    if (got) memcpy(head + 1, data, got);
}

static bool due(const struct operation *operation, char when, long rval)
{
    if (when == 'e') return operation->when == 'e';
    return operation->when == 'X' || (operation->when == 'x' && (rval >= 0 || rval < -4095));
}

/* How many bytes stand at the argument, where the registers alone say it; false: it takes a look at memory first. */
static bool plain_length(struct task *task, const struct operation *operation, uint64_t *total)
{
    const uint64_t *args = task->args;
    switch (operation->kind) {
    case BUF: *total = args[operation->param]; return true;
    case RETBUF: *total = result > 0 ? (uint64_t)result : 0; return true;
    case MEM: *total = (uint64_t)operation->param; return true;
    case SOCKADDR: *total = least((uint32_t)args[operation->param], 128); return true;
    case ARR: *total = (uint64_t)(uint32_t)args[operation->param >> 16] * (uint64_t)(operation->param & 0xffff); return true;
    case RETARR: *total = result > 0 ? (uint64_t)result * (uint64_t)operation->param : 0; return true;
    case STR: *total = PATH_MAX; return true;
    default: return false;
    }
}

enum { FIRST_OF_STRING = 256, PAGE = 4096 };

void plan_prepare(struct task *task, struct capture *capture, char when, long rval)
{
    if (!arena) {
        arena_room = (size_t)config.data_limit * 8 + (1 << 20);
        if (!(arena = malloc(arena_room))) die("memory for arguments");
    }
    nwanted = 0;
    arena_used = 0;
    result = rval;
    stage = when;
    for (struct operation *operation = plan[task->nr]; operation; operation = operation->next) {
        if (operation->kind <= STORAGE || !due(operation, when, rval) || nwanted == WANTED) continue;
        uint64_t address = task->args[operation->arg], total;
        if (!address) continue;
        struct wanted *want = &wanted[nwanted++];
        *want = (struct wanted){ operation, 0, NULL };
        if (!plain_length(task, operation, &total)) continue;
        want->total = total;
        size_t size = least(total, (uint64_t)config.data_limit);
        /* a string is short as a rule, and the next page may not be there */
        if (operation->kind == STR) size = least(FIRST_OF_STRING, PAGE - address % PAGE);
        if (size == 0) continue;
        want->piece = capture_add(capture, address, arena_take(size), size);
    }
}

static void string_log(struct task *task, int arg, enum part part, int index, uint64_t address, const char *start, size_t got)
{
    char *text = arena_take(PATH_MAX);
    memcpy(text, start, got);
    char *end = memchr(text, 0, got);
    while (!end && got < PATH_MAX) {
        size_t more = least(PAGE - (address + got) % PAGE, PATH_MAX - got), n = peek(task, address + got, text + got, more);
        end = memchr(text + got, 0, n);
        got += n;
        if (n < more) break;
    }
    size_t length = end ? (size_t)(end - text) : got;
    emit(arg, part, index, address, end ? length : UINT64_MAX, text, length, end ? length : length + 1);
    arena_used -= PATH_MAX;
}

static void bytes_log(struct task *task, int arg, enum part part, int index, uint64_t address, uint64_t total, uint64_t limit)
{
    size_t size = least(total, limit);
    if (size > arena_room - arena_used) size = arena_room - arena_used;
    void *data = arena + arena_used;
    emit(arg, part, index, address, total, data, peek(task, address, data, size), size);
}

enum { VECTORS = 64 };

/* An iovec array and the data it points to; `bytes` bounds the data (what a read really brought). */
static void vector_log(struct task *task, int arg, int message, uint64_t address, uint64_t count, uint64_t bytes)
{
    struct iovec vector[VECTORS];
    size_t n = least(count, VECTORS), got = peek(task, address, vector, n * sizeof *vector);
    emit(arg, PART_IOV, message << 16, address, count * sizeof *vector, vector, got, n * sizeof *vector);
    uint64_t left = (uint64_t)config.data_limit;
    for (size_t i = 0; i < got / sizeof *vector && bytes && left; i++) {
        uint64_t here = vector[i].iov_len < bytes ? vector[i].iov_len : bytes;
        bytes_log(task, arg, PART_DATA, message << 16 | (int)i, (uint64_t)vector[i].iov_base, here, left);
        bytes -= here;
        left -= least(here, left);
    }
}

static void message_log(struct task *task, int arg, int index, const struct msghdr *message, uint64_t bytes)
{
    int base = index << 16;
    if (message->msg_name) bytes_log(task, arg, PART_NAME, base, (uint64_t)message->msg_name, message->msg_namelen, 128);
    vector_log(task, arg, index, (uint64_t)message->msg_iov, message->msg_iovlen, bytes);
    if (message->msg_control && message->msg_controllen)
        bytes_log(task, arg, PART_CONTROL, base, (uint64_t)message->msg_control, message->msg_controllen, PAGE);
}

enum { STRINGS = 64, MESSAGES = 16 };

static void strings_log(struct task *task, int arg, uint64_t address)
{
    uint64_t pointer[STRINGS + 1];
    size_t n = 0;
    while (n <= STRINGS && peek(task, address + 8 * n, &pointer[n], 8) == 8 && pointer[n]) n++;
    for (size_t i = 0; i < n && i < STRINGS; i++) string_log(task, arg, PART_STRV, (int)i, pointer[i], "", 0);
    if (n > STRINGS) emit(arg, PART_MORE, STRINGS, address + 8 * STRINGS, 0, NULL, 0, 0);
}

static void composite_log(struct task *task, const struct operation *operation)
{
    int arg = operation->arg;
    uint64_t address = task->args[arg], bytes = stage == 'e' ? UINT64_MAX : result > 0 ? (uint64_t)result : 0;
    if (operation->kind == IOV) vector_log(task, arg, 0, address, task->args[operation->param], bytes);
    else if (operation->kind == STRV) strings_log(task, arg, address);
    else if (operation->kind == SOCKADDRP) {
        uint32_t size = 0;
        if (task->args[operation->param] && peek(task, task->args[operation->param], &size, 4) == 4)
            bytes_log(task, arg, PART_SOCKADDRP, 0, address, size, 128);
    } else if (operation->kind == MSGHDR) {
        struct msghdr message;
        size_t got = peek(task, address, &message, sizeof message);
        emit(arg, PART_MSGHDR, 0, address, sizeof message, &message, got, sizeof message);
        if (got == sizeof message) message_log(task, arg, 0, &message, bytes);
    } else if (operation->kind == MMSGHDR) {
        struct mmsghdr message[MESSAGES];
        /* at exit only as many as the call says it handled */
        uint64_t count = stage == 'e' ? (uint32_t)task->args[operation->param] : bytes;
        size_t n = least(count, MESSAGES), got = peek(task, address, message, n * sizeof *message) / sizeof *message;
        emit(arg, PART_MMSGHDR, 0, address, count * sizeof *message, message, got * sizeof *message, n * sizeof *message);
        for (size_t i = 0; i < got; i++)
            message_log(task, arg, (int)i, &message[i].msg_hdr, stage == 'e' ? UINT64_MAX : message[i].msg_len);
    }
}

void plan_log(struct task *task)
{
    for (int i = 0; i < nwanted; i++) {
        const struct wanted *want = &wanted[i];
        const struct operation *operation = want->operation;
        uint64_t address = task->args[operation->arg], total;
        if (want->piece && operation->kind == STR) string_log(task, operation->arg, PART_STR, 0, address, want->piece->to, want->piece->got);
        else if (want->piece)
            emit(operation->arg, part_of(operation->kind), 0, address, want->total, want->piece->to, want->piece->got, want->piece->want);
        else if (plain_length(task, operation, &total)) emit(operation->arg, part_of(operation->kind), 0, address, 0, NULL, 0, 0);
        else composite_log(task, operation);
    }
}

/* ---- descriptors ---- */
bool plan_touches_descriptor(struct task *task, int *fd)
{
    for (struct operation *operation = plan[task->nr]; operation; operation = operation->next)
        if (operation->kind == REFRESH) { *fd = (int)task->args[operation->arg]; return true; }
    return false;
}

/* Descriptors that came in a message (SCM_RIGHTS, unix(7)). */
static void rights_log(struct task *task, uint64_t address)
{
    struct msghdr message;
    if (peek(task, address, &message, sizeof message) < sizeof message || message.msg_controllen < sizeof(struct cmsghdr)) return;
    char control[PAGE] __attribute__((aligned(8)));
    size_t size = peek(task, (uint64_t)message.msg_control, control, least(message.msg_controllen, sizeof control));
    struct msghdr here = { .msg_control = control, .msg_controllen = size };
    for (struct cmsghdr *c = CMSG_FIRSTHDR(&here); c; c = CMSG_NXTHDR(&here, c)) {
        if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS || c->cmsg_len < CMSG_LEN(0)) continue;
        for (size_t i = 0; i < (c->cmsg_len - CMSG_LEN(0)) / sizeof(int); i++) {
            int fd;
            memcpy(&fd, CMSG_DATA(c) + i * sizeof fd, sizeof fd);
            fd_opened(task, fd);
        }
    }
}

enum { FCNTL = 72, IOCTL = 16, CLOSE = 3, EXECVE = 59, EXECVEAT = 322, RECVMSG = 47, RECVMMSG = 299 };

void plan_effects(struct task *task, long rval)
{
    bool ok = rval >= 0, whole = task->nr == CLOSE || task->nr == FCNTL || task->nr == IOCTL ||
        (task->nr >= 41 && task->nr <= 50 && task->nr != 44 && task->nr != 45 && task->nr != 46 && task->nr != 47) /* connect, bind, listen … */;
    if (ok && ((task->nr == FCNTL && task->args[1] == F_SETFL) || task->nr == IOCTL)) fd_flags_changed();
    if (ok) pages_heed(task);
    for (struct operation *operation = plan[task->nr]; operation; operation = operation->next) {
        uint64_t arg = task->args[operation->arg];
        int pair[2];
        switch (operation->kind) {
        case REFRESH: fd_refresh(task, (int)arg, whole); break;
        case NAMED: if (ok) names_changed(task, arg); break;
        case STORAGE: pages_everywhere(task); break;
        case NEWFD: case SHARE:        /* fcntl gives a descriptor for two of its commands only, ioctl for one */
            if (task->nr == FCNTL && (int)task->args[1] != F_DUPFD && (int)task->args[1] != F_DUPFD_CLOEXEC) break;
            if (task->nr == IOCTL && task->args[1] != TIOCGPTPEER) break;
            if (ok) fd_opened(task, (int)rval);
            break;
        case FDPAIR: if (ok && peek(task, arg, pair, sizeof pair) == sizeof pair) { fd_opened(task, pair[0]); fd_opened(task, pair[1]); } break;
        case RESCAN:                   /* execve: done when the new program stands; messages: only what came */
            if (!ok || task->nr == EXECVE || task->nr == EXECVEAT) break;
            if (task->nr == RECVMSG) rights_log(task, task->args[1]);
            else if (task->nr == RECVMMSG) for (long i = 0; i < rval && i < MESSAGES; i++) rights_log(task, task->args[1] + 64 * (uint64_t)i);
            else table_scan(task);
            break;
        default: break;
        }
    }
}

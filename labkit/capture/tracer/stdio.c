/* Copies the FILE structs of glibc out of a stopped process: its list of streams, each struct, and the bytes in its buffer.
 *
 * Offsets are those of struct _IO_FILE on LP64 glibc (bits/types/struct_FILE.h). Nothing is copied twice: a stream whose struct is
 * as it was, and on whose descriptor nothing was read or written since, is unchanged.
 */
#include "tracer.h"
#include <stdlib.h>
#include <string.h>

enum { READ_PTR = 0x08, READ_END = 0x10, WRITE_BASE = 0x20, WRITE_PTR = 0x28, CHAIN = 0x68, FILENO = 0x70 };
static const uint32_t MAGIC = 0xFBAD0000;

struct file_head { uint64_t address; uint32_t pending, keep, ahead, pad; };

static uint64_t list_head;
static unsigned char fresh[STREAMS][FILE_SIZE];
static struct piece *piece[STREAMS];

static uint64_t word(const unsigned char *head, int offset) { uint64_t value; memcpy(&value, head + offset, 8); return value; }

/* libc's own streams lie near the head of the list: they come as one piece, as each piece costs the kernel a look-up. */
enum { NEAR = 8192 };
static unsigned char around[2 * NEAR + FILE_SIZE];
static uint64_t around_at;
static struct piece *around_piece;

static bool near(const struct space *space, uint64_t address) { return address - space->stream_list + NEAR < 2 * NEAR; }

void streams_prepare(struct task *task, struct capture *capture)
{
    struct space *space = task->space;
    around_piece = NULL;
    if (!space->stream_list) return;
    uint64_t first = space->stream_list, end = first + sizeof list_head;
    for (int i = 0; i < space->nstreams; i++) {
        uint64_t at = space->stream[i].address;
        if (!near(space, at)) { piece[i] = capture_add(capture, at, fresh[i], FILE_SIZE); continue; }
        if (at < first) first = at;
        if (at + FILE_SIZE > end) end = at + FILE_SIZE;
    }
    around_at = first;
    around_piece = capture_add(capture, first, around, end - first);
}

/* What came with the one piece, as if each had come alone. False: not even the list can be read. */
static bool take_apart(const struct space *space)
{
    if (!around_piece || around_piece->got != around_piece->want) return false;
    memcpy(&list_head, around + (space->stream_list - around_at), sizeof list_head);
    for (int i = 0; i < space->nstreams; i++)
        if (near(space, space->stream[i].address)) {
            memcpy(fresh[i], around + (space->stream[i].address - around_at), FILE_SIZE);
            piece[i] = around_piece;
        }
    return list_head != 0;
}

static void stream_drop(struct stream *stream)
{
    free(stream->pending);
    free(stream->ahead);
    memset(stream, 0, sizeof *stream);
}

/* Does the chain in memory still run over the streams we know? */
static bool chain_same(const struct space *space)
{
    uint64_t next = list_head;
    for (int i = 0; i < space->nstreams; i++) {
        if (piece[i]->got != piece[i]->want || next != space->stream[i].address) return false;
        next = word(fresh[i], CHAIN);
    }
    return next == 0 || space->nstreams == STREAMS;
}

/* Walk the chain again. False while there is none: before ld.so has relocated libc the list leads nowhere. */
static bool chain_walk(struct task *task)
{
    struct space *space = task->space;
    struct stream found[STREAMS] = { 0 };
    int n = 0;
    for (uint64_t at = list_head; at && n < STREAMS; at = word(fresh[n++], CHAIN)) {
        uint32_t flags = 0;
        if (peek(task, at, fresh[n], FILE_SIZE) == FILE_SIZE) memcpy(&flags, fresh[n], 4);
        if ((flags & 0xFFFF0000u) != MAGIC) return false;
        found[n].address = at;
        found[n].dirty = true;
        for (int i = 0; i < space->nstreams; i++)
            if (space->stream[i].address == at) { found[n] = space->stream[i]; space->stream[i] = (struct stream){ 0 }; break; }
    }
    for (int i = 0; i < space->nstreams; i++) stream_drop(&space->stream[i]);
    memcpy(space->stream, found, sizeof found);
    space->nstreams = n;
    return true;
}

static uint32_t window(const unsigned char *head, int from, int to)
{
    uint64_t start = word(head, from), end = word(head, to);
    return start && end > start ? (uint32_t)(end - start < WINDOW_LIMIT ? end - start : WINDOW_LIMIT) : 0;
}

/* Keeps `size` bytes of `new` as *old; returns how many bytes at the beginning are as they were. */
static uint32_t keep_bytes(unsigned char **old, uint32_t *nold, const unsigned char *new, uint32_t size)
{
    uint32_t same = 0, most = size < *nold ? size : *nold;
    while (same < most && (*old)[same] == new[same]) same++;
    if (size && !*old && !(*old = malloc(WINDOW_LIMIT))) die("memory for a stream");
    if (size > same) memcpy(*old + same, new + same, size - same);
    *nold = size;
    return same;
}

static void stream_log(struct stream *stream, const unsigned char *pending, uint32_t npending, const unsigned char *ahead, uint32_t nahead,
                       bool whole)
{
    uint32_t keep = keep_bytes(&stream->pending, &stream->npending, pending, npending);
    keep_bytes(&stream->ahead, &stream->nahead, ahead, nahead);
    if (whole) keep = 0;
    unsigned char *at = log_section(FILE_, 0, sizeof(struct file_head) + FILE_SIZE + npending - keep + nahead);
    *(struct file_head *)at = (struct file_head){ stream->address, npending - keep, keep, nahead, 0 };
    at += sizeof(struct file_head);
    memcpy(at, stream->head, FILE_SIZE);
    at += FILE_SIZE;
    memcpy(at, pending + keep, npending - keep);
    if (nahead) memcpy(at + npending - keep, ahead, nahead);
}

void streams_log(struct task *task)
{
    struct space *space = task->space;
    if (!take_apart(space)) return;
    bool same = chain_same(space);
    int before = space->nstreams;
    if (!same && !chain_walk(task)) return;
    /* after vfork two processes look through one address space: what one has logged the other has not */
    bool whole = space->streams_whole || space->stream_pid != task->pid, any = whole || !same || before != space->nstreams;
    static unsigned char bytes[STREAMS][2][WINDOW_LIMIT];
    static struct capture windows;
    bool look[STREAMS];
    windows.count = 0;
    for (int i = 0; i < space->nstreams; i++) {
        struct stream *stream = &space->stream[i];
        look[i] = whole || stream->dirty || memcmp(stream->head, fresh[i], FILE_SIZE) != 0;
        if (!look[i]) continue;
        capture_add(&windows, word(fresh[i], WRITE_BASE), bytes[i][0], window(fresh[i], WRITE_BASE, WRITE_PTR));
        capture_add(&windows, word(fresh[i], READ_PTR), bytes[i][1], window(fresh[i], READ_PTR, READ_END));
    }
    if (windows.count) gather(task, windows.piece, windows.count);
    for (int i = 0, k = 0; i < space->nstreams; i++) {
        if (!look[i]) continue;
        struct stream *stream = &space->stream[i];
        uint32_t npending = (uint32_t)windows.piece[k].got, nahead = (uint32_t)windows.piece[k + 1].got;
        k += 2;
        bool changed = whole || memcmp(stream->head, fresh[i], FILE_SIZE) != 0 || npending != stream->npending || nahead != stream->nahead ||
            (npending && memcmp(bytes[i][0], stream->pending, npending) != 0) || (nahead && memcmp(bytes[i][1], stream->ahead, nahead) != 0);
        stream->dirty = false;
        if (!changed) continue;
        memcpy(stream->head, fresh[i], FILE_SIZE);
        stream_log(stream, bytes[i][0], npending, bytes[i][1], nahead, whole);
        any = true;
    }
    space->streams_whole = false;
    space->stream_pid = task->pid;
    if (!any) return;
    uint64_t *order = log_section(FILES, 0, (size_t)space->nstreams * 8);
    for (int i = 0; i < space->nstreams; i++) order[i] = space->stream[i].address;
}

/* A call read or wrote this descriptor: equal pointers may now mean other bytes (a refill of the same buffer). */
void streams_touched(struct task *task, int fd)
{
    for (int i = 0; i < task->space->nstreams; i++) {
        int number;
        memcpy(&number, task->space->stream[i].head + FILENO, sizeof number);
        if (number == fd) task->space->stream[i].dirty = true;
    }
}

void streams_forget(struct space *space)
{
    for (int i = 0; i < space->nstreams; i++) stream_drop(&space->stream[i]);
    space->nstreams = 0;
}

void streams_copy(struct space *to, const struct space *from)
{
    to->stream_list = from->stream_list;
    /* The log's reader gives the child what was logged last for its parent; after vfork that may be another process. */
    to->streams_whole = true;
    for (int i = 0; i < from->nstreams; i++) to->stream[i].address = from->stream[i].address;
    to->nstreams = from->nstreams;
}

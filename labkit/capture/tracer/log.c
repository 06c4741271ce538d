/* Writes records and their sections to the log; knows nothing of what is in them. Layout: ../rawlog.py.
 *
 * The log is a file, so that its reader may be as slow as it likes. After each part its whole length goes to standard output,
 * which is the reader's pipe: when that is full the reader has enough to do, and a later length, or the end, says it all. */
#include "tracer.h"
#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

struct header { uint32_t length; uint16_t kind, flags; int32_t tid; uint32_t seq; uint64_t time; };
struct section { uint16_t tag, arg; uint32_t size; };

enum { FLUSH_AT = 1 << 15, PROGRESS = 1 };
static int file;
static unsigned char *buffer;
static size_t used, room, record;      /* record: where the open one begins */
static bool open_record;
static uint32_t sequence;
static uint64_t started;
static long written;

static uint64_t clock_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (uint64_t)t.tv_sec * 1000000000 + (uint64_t)t.tv_nsec;
}

uint64_t now(void) { return clock_ns() - started; }

void log_open(int fd)
{
    file = fd;
    fcntl(PROGRESS, F_SETFL, O_NONBLOCK);
    room = 2 * FLUSH_AT;
    buffer = malloc(room);
    started = clock_ns();
    if (!buffer) _exit(3);
}

static void *reserve(size_t size)
{
    if (used + size > room) {
        room = 2 * (used + size);
        buffer = realloc(buffer, room);
        if (!buffer) _exit(3);         /* EXITKILL ends the program; the launcher sees a log without END */
    }
    void *at = buffer + used;
    used += size;
    return at;
}

void log_begin(enum kind kind, pid_t tid)
{
    if (kind != PACKET) wire_drain();
    record = used;
    open_record = true;
    struct header *header = reserve(sizeof *header);
    *header = (struct header){ .kind = kind, .tid = tid, .seq = sequence++, .time = now() };
}

void log_flag(int flag) { ((struct header *)(buffer + record))->flags |= (uint16_t)flag; }

void *log_section(enum tag tag, int arg, size_t size)
{
    size_t padded = (size + 7) & ~(size_t)7;
    struct section *section = reserve(sizeof *section + padded);
    *section = (struct section){ (uint16_t)tag, (uint16_t)arg, (uint32_t)size };
    memset((unsigned char *)(section + 1) + padded - 8 * (padded > 0), 0, 8 * (padded > 0));
    return section + 1;
}

void log_bytes(enum tag tag, int arg, const void *data, size_t size) { memcpy(log_section(tag, arg, size), data, size); }

void log_text(const char *key, const char *text)
{
    size_t head = strlen(key), size = strlen(text);
    char *at = log_section(TEXT, 0, head + 1 + size);
    memcpy(at, key, head);
    at[head] = '=';
    memcpy(at + head + 1, text, size);
}

void log_number(const char *format, ...)
{
    char text[512];
    va_list values;
    va_start(values, format);
    int size = vsnprintf(text, sizeof text, format, values);
    va_end(values);
    log_bytes(NUMBER, 0, text, (size_t)size);
}

/* Something failed in the middle of a record: it is not one. */
void log_abandon(void)
{
    if (open_record) used = record;
    open_record = false;
}

void log_end(void)
{
    open_record = false;
    ((struct header *)(buffer + record))->length = (uint32_t)(used - record);
    if (used >= FLUSH_AT) log_flush();
    if (config.log_bytes && written + (long)used > config.log_bytes) end_all("log");
}

void log_flush(void)
{
    size_t done = 0;
    while (done < used) {
        ssize_t n = write(file, buffer + done, used - done);
        if (n < 0 && errno == EINTR) continue;
        if (n <= 0) { end_all("log"); break; }     /* no space left: what stands there is still readable */
        done += (size_t)n;
    }
    if (!used) return;
    written += (long)done;
    used = 0;
    uint64_t length = (uint64_t)written;
    if (write(PROGRESS, &length, sizeof length) < 0) { }
}

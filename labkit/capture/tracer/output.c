/* What the program prints to a pipe or terminal, read as it comes; and what is typed to it, as fast as it takes it. */
#include "tracer.h"
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

struct channel channels[CHANNELS] = { { -1, 0, 0 }, { -1, 1, 0 }, { -1, 2, 0 } };
int typing = -1;
unsigned char *typed;
size_t typed_size, typed_at;
long printed;

enum { AT_MOST = 1 << 16, ROUNDS = 16 };

static void drain(struct channel *channel)
{
    static unsigned char bytes[AT_MOST];
    for (int i = 0; i < ROUNDS && channel->fd >= 0; i++) {
        ssize_t n = read(channel->fd, bytes, sizeof bytes);
        if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
        if (n <= 0) {                  /* end of a pipe; EIO: the terminal's other side is closed by all */
            close(channel->fd);
            channel->fd = -1;
            return;
        }
        log_begin(OUTPUT, 0);
        log_bytes(PRINTED, channel->program_fd, bytes, (size_t)n);
        log_end();
        printed += n;
    }
}

static long size_of(const char *path)
{
    struct stat st;
    return path && stat(path, &st) == 0 ? st.st_size : 0;
}

void output_drain(void)
{
    for (int i = 0; i < CHANNELS; i++) drain(&channels[i]);
    if (config.output && printed + size_of(config.out_path) + size_of(config.err_path) > config.output) end_all("output");
}

static struct channel *written;

void output_written(uint64_t ino)
{
    for (int i = 0; i < CHANNELS; i++) if (channels[i].fd >= 0 && channels[i].ino == ino) written = &channels[i];
}

/* Taken at once, each write is a chunk of its own, and what lies in the pipe after a write is that write: the same in every
 * run. Through a terminal bytes come with a delay, by a worker of the kernel's (tty_flip_buffer_push). */
void output_now(void)
{
    if (!written) return;
    struct pollfd polled = { written->fd, POLLIN, 0 };
    if (terminal < 0 || poll(&polled, 1, 2) > 0) output_drain();
    written = NULL;
}

bool typing_wanted(void) { return typing >= 0 && typed_at < typed_size; }

void typing_feed(void)
{
    if (typing < 0) return;
    while (typed_at < typed_size) {
        ssize_t n = write(typing, typed + typed_at, typed_size - typed_at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) { typed_at = typed_size; break; }   /* EPIPE: nobody reads any more */
        typed_at += (size_t)n;
    }
    if (typing != channels[TERMINAL].fd) { close(typing); typing = -1; }  /* a pipe: end of file */
}

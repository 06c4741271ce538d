/* What the programs print to a pipe or terminal, read as it comes; and what is typed to them, as fast as they take it. */
#include "tracer.h"
#include <errno.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

long printed;

enum { AT_MOST = 1 << 16, ROUNDS = 16 };

static void drain(struct program *program, struct channel *channel)
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
        if (program > programs) log_number("program=%d", (int)(program - programs));
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
    long files = 0;
    for (struct program *program = programs; program < programs + nprograms; program++) {
        for (int i = 0; i < CHANNELS; i++) drain(program, &program->channels[i]);
        files += size_of(program->out_path) + size_of(program->err_path);
    }
    if (config.output && printed + files > config.output) end_all("output");
}

static struct channel *written;

void output_written(uint64_t ino)
{
    for (struct program *program = programs; program < programs + nprograms; program++)
        for (int i = 0; i < CHANNELS; i++)
            if (program->channels[i].fd >= 0 && program->channels[i].ino == ino) written = &program->channels[i];
}

/* Taken at once, each write is a chunk of its own, and what lies in the pipe after a write is that write: the same in every
 * run. Through a terminal bytes come with a delay, by a worker of the kernel's (tty_flip_buffer_push). */
void output_now(void)
{
    if (!written) return;
    struct pollfd polled = { written->fd, POLLIN, 0 };
    if (!terminals || poll(&polled, 1, 2) > 0) output_drain();
    written = NULL;
}

bool typing_wanted(struct program *program) { return program->typing >= 0 && program->typed_at < program->typed_size; }

bool typing_wanted_by_any(void)
{
    for (int i = 0; i < nprograms; i++) if (typing_wanted(&programs[i])) return true;
    return false;
}

void typing_feed(struct program *program)
{
    if (program->typing < 0) return;
    while (program->typed_at < program->typed_size) {
        ssize_t n = write(program->typing, program->typed + program->typed_at, program->typed_size - program->typed_at);
        if (n < 0 && errno == EINTR) continue;
        if (n < 0 && errno == EAGAIN) return;
        if (n < 0) { program->typed_at = program->typed_size; break; }   /* EPIPE: nobody reads any more */
        program->typed_at += (size_t)n;
    }
    if (program->typing != program->channels[TERMINAL].fd) { close(program->typing); program->typing = -1; }  /* a pipe: end of file */
}

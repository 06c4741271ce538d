/*
 * The box's side of the channel. A request is a line, some with bytes behind; so is an answer:
 *   put MODE LENGTH PATH, bytes              → done 0 | failed ERRNO
 *   get PATH                                 → done LENGTH, bytes | failed ERRNO
 *   run MILLISECONDS MOST LENGTH, shell text → ended STATUS LATE LENGTH, its output
 *   quit                                     the machine goes off
 * STATUS is the exit status, or minus the signal that ended the command; LATE is 1 when its time was over. Of its output
 * the first MOST bytes are kept.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/reboot.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "guest.h"

enum { PATH_SIZE = 4000, PIECE = 1 << 16 };

static long long now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000LL + time.tv_nsec / 1000000;
}

/* Bytes that grow; `most` of them are kept. */
struct output {
    char *bytes;
    size_t length, most;
};

static int keep(struct output *output, int fd)
{
    static char piece[PIECE];
    ssize_t got = read(fd, piece, sizeof piece);
    if (got <= 0)
        return got < 0 && (errno == EINTR || errno == EAGAIN) ? 1 : 0;
    size_t room = output->most - output->length;
    size_t kept = (size_t)got < room ? (size_t)got : room;
    char *more = realloc(output->bytes, output->length + kept + 1);
    if (more == NULL)
        return 0;
    memcpy(more + output->length, piece, kept);
    output->bytes = more;
    output->length += kept;
    return 1;
}

static void put(int channel, unsigned mode, size_t length, const char *path)
{
    char piece[PIECE];
    unlink(path); /* a program that runs cannot be written */
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode), failed = fd < 0 ? errno : 0;
    while (length > 0) {
        size_t count = length < sizeof piece ? length : sizeof piece;
        get_all(channel, piece, count);
        for (size_t at = 0; failed == 0 && at < count;) {
            ssize_t done = write(fd, piece + at, count - at);
            if (done < 0)
                failed = errno;
            else
                at += (size_t)done;
        }
        length -= count;
    }
    if (fd >= 0 && (fchmod(fd, mode) < 0 || close(fd) < 0) && failed == 0)
        failed = errno;
    if (failed)
        dprintf(channel, "failed %d\n", failed);
    else
        dprintf(channel, "done 0\n");
}

static void get(int channel, const char *path)
{
    struct output output = {.most = (size_t)-1};
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        dprintf(channel, "failed %d\n", errno);
        return;
    }
    errno = 0;
    while (keep(&output, fd))
        ;
    int failed = errno;
    close(fd);
    if (failed) {
        dprintf(channel, "failed %d\n", failed);
    } else {
        dprintf(channel, "done %zu\n", output.length);
        put_all(channel, output.bytes, output.length);
    }
    free(output.bytes);
}

static pid_t start(const char *command, int output)
{
    pid_t child = fork();
    if (child != 0)
        return child;
    setsid();
    int nothing = open("/dev/null", O_RDONLY);
    if (nothing < 0 || dup2(nothing, 0) < 0 || dup2(output, 1) < 0 || dup2(output, 2) < 0)
        _exit(126);
    close(nothing);
    execl("/bin/busybox", "sh", "-c", command, (char *)NULL);
    _exit(127);
}

static void run(int channel, long long milliseconds, size_t most, const char *command)
{
    struct output output = {.most = most};
    long long until = now() + milliseconds;
    int ends[2], status = 0, late = 0, ended = 0;
    if (pipe2(ends, O_CLOEXEC) < 0) {
        dprintf(channel, "failed %d\n", errno);
        return;
    }
    pid_t child = start(command, ends[1]);
    close(ends[1]);
    int handle = child < 0 ? -1 : (int)syscall(SYS_pidfd_open, child, 0);
    /*
     * Its end is what counts, not that of the pipe: what it leaves running may hold that open. No timer runs meanwhile,
     * so that a traced call is not interrupted for us.
     */
    struct pollfd wait[] = {{.fd = handle, .events = POLLIN}, {.fd = ends[0], .events = POLLIN}};
    while (handle >= 0 && !ended) {
        long long left = until - now();
        if (poll(wait, 2, late ? -1 : left > 0 ? (int)left : 0) == 0) {
            late = 1;
            kill(-child, SIGKILL);
            kill(child, SIGKILL);
        }
        if (wait[1].revents != 0 && !keep(&output, ends[0]))
            wait[1].fd = -1; /* its end: poll leaves a negative one out */
        ended = wait[0].revents != 0 && waitpid(child, &status, 0) == child;
    }
    fcntl(ends[0], F_SETFL, O_NONBLOCK);
    wait[1].fd = ends[0];
    while (poll(&wait[1], 1, 0) > 0 && (wait[1].revents & POLLIN) && keep(&output, ends[0]))
        ;
    close(ends[0]);
    if (handle >= 0)
        close(handle);
    while (waitpid(-1, NULL, WNOHANG) > 0)
        ; /* orphans become children of the first process */
    int said = child < 0 ? -1 : WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status);
    dprintf(channel, "ended %d %d %zu\n", said, late, output.length);
    put_all(channel, output.bytes, output.length);
    free(output.bytes);
}

void serve(int channel)
{
    char line[PATH_SIZE + 64], path[PATH_SIZE + 1];
    for (;;) {
        unsigned mode;
        size_t length, most;
        long long milliseconds;
        get_line(channel, line, sizeof line);
        if (sscanf(line, "put %o %zu %4000[^\n]", &mode, &length, path) == 3) {
            put(channel, mode, length, path);
        } else if (sscanf(line, "get %4000[^\n]", path) == 1) {
            get(channel, path);
        } else if (sscanf(line, "run %lld %zu %zu", &milliseconds, &most, &length) == 3) {
            char *command = malloc(length + 1);
            if (command == NULL)
                abort(); /* the kernel panics when its first process ends: the host is told */
            get_all(channel, command, length);
            command[length] = '\0';
            run(channel, milliseconds, most, command);
            free(command);
        } else if (strcmp(line, "quit") == 0) {
            sync();
            reboot(RB_POWER_OFF);
        } else {
            dprintf(channel, "failed %d\n", EINVAL);
        }
    }
}

/* Whole reads and writes on the channel. Nothing is left to do in a box whose channel fails: it goes off. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/reboot.h>
#include <unistd.h>

#include "guest.h"

static void off(const char *why)
{
    perror(why);
    sync();
    reboot(RB_POWER_OFF);
    exit(1);
}

void put_all(int fd, const void *bytes, size_t count)
{
    const char *at = bytes;
    while (count > 0) {
        ssize_t done = write(fd, at, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            off("channel: write");
        at += done;
        count -= (size_t)done;
    }
}

void get_all(int fd, void *bytes, size_t count)
{
    char *at = bytes;
    while (count > 0) {
        ssize_t done = read(fd, at, count);
        if (done < 0 && errno == EINTR)
            continue;
        if (done < 0)
            off("channel: read");
        if (done == 0)
            usleep(1000); /* nobody is at the other end yet */
        at += done;
        count -= (size_t)done;
    }
}

/* A line without its newline; what does not fit is dropped. */
void get_line(int fd, char *line, size_t size)
{
    size_t length = 0;
    char byte;
    for (get_all(fd, &byte, 1); byte != '\n'; get_all(fd, &byte, 1))
        if (length + 1 < size)
            line[length++] = byte;
    line[length] = '\0';
}

/* Two processes write SIZE bytes each, by one call, into a small pipe. Do they stay together? */
#define _GNU_SOURCE // F_SETPIPE_SZ
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROOM = 4096 };
static char bytes[1 << 16];

static int writer(int to, char letter, ssize_t size)
{
    memset(bytes, letter, size);
    return write(to, bytes, size) != size;                  // step: write
}

static int reader(int from, int to)
{
    ssize_t n, changes = 0;
    if (usleep(100000) < 0 || close(to) < 0)                // 0.1 s: both writers come first
        return 1;
    for (char last = 0; (n = read(from, bytes, ROOM)) > 0;) // step: read
        for (ssize_t i = 0; i < n; last = bytes[i++])
            changes += bytes[i] != last;
    return n < 0 || printf("%s\n", changes > 2 ? "mixed" : "one after the other") < 0;
}

int main(int argc, char *argv[])
{
    int ends[2], bad = 0, size = argc > 1 ? atoi(argv[1]) : ROOM;
    if (size < 1 || size > (int)sizeof bytes || pipe(ends) || fcntl(ends[0], F_SETPIPE_SZ, ROOM) < 0)
        return 1;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child <= 0)
            return child < 0 || (i < 2 ? writer(ends[1], "ab"[i], size) : reader(ends[0], ends[1]));
    }
    if (close(ends[0]) < 0 || close(ends[1]) < 0)
        return 1;
    for (int i = 0, status; i < 3; i++)
        bad |= wait(&status) < 0 || status != 0;
    return bad;
}

/* Two processes write SIZE bytes each, with one call, into a pipe that is full. Do they stay in one piece? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { PIPE = 65536, PAGE = 4096 };
static char bytes[PIPE];

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
    for (char last = 0; (n = read(from, bytes, PAGE)) > 0;) // step: read
        for (ssize_t i = 0; i < n; last = bytes[i++])
            changes += bytes[i] != last;
    return n < 0 || printf("%s\n", changes > 2 ? "mixed" : "one after the other") < 0;
}

int main(int argc, char *argv[])
{
    int ends[2], bad = 0, size = argc > 1 ? atoi(argv[1]) : PAGE;
    if (size < 1 || size > PIPE || pipe(ends) < 0 || write(ends[1], bytes, PIPE) != PIPE)
        return 1;
    for (int i = 0; i < 3; i++) {
        pid_t child = fork();
        if (child < 0)
            return 1;
        if (child == 0)
            return i < 2 ? writer(ends[1], "ab"[i], size) : reader(ends[0], ends[1]);
    }
    if (close(ends[0]) < 0 || close(ends[1]) < 0)
        return 1;
    for (int i = 0, status; i < 3; i++)
        bad |= wait(&status) < 0 || status != 0;
    return bad;
}

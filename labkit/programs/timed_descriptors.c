/* Copies files with read and write, each through a buffer as large as the file's name says. How long does it take? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 20 };
static char buffer[MOST];

static int copy(const char *name, size_t size, int sync)
{
    int from = open(name, O_RDONLY), to = open("copy", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (from < 0 || to < 0 || size < 1 || size > MOST)
        return -1;
    ssize_t count;
    while ((count = read(from, buffer, size)) > 0) // step: read
        if (write(to, buffer, count) != count)     // step: write
            return -1;
    if (count < 0 || (sync && fsync(to) < 0))
        return -1;
    return close(from) < 0 || close(to) < 0 ? -1 : 0;
}

int main(int argc, char *argv[]) // how often, "cached" or "fsync", and the sizes
{
    int times = argc > 1 ? atoi(argv[1]) : 0, sync = argc > 2 && strcmp(argv[2], "fsync") == 0;
    for (int i = 3; i < argc; i++)
        for (int n = 0; n < times; n++) {
            struct timespec a, b;
            if (clock_gettime(CLOCK_MONOTONIC, &a) < 0 || copy(argv[i], strtoul(argv[i], NULL, 10), sync) < 0
                || clock_gettime(CLOCK_MONOTONIC, &b) < 0)
                return perror(argv[i]), 1;
            printf("%s: %lld ns\n", argv[i], (b.tv_sec - a.tv_sec) * 1000000000LL + b.tv_nsec - a.tv_nsec);
        }
    return 0;
}

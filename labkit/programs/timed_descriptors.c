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

int main(int argc, char *argv[]) // "cached" or "fsync", and the sizes
{
    int sync = argc > 1 && strcmp(argv[1], "fsync") == 0;
    for (int i = 2; i < argc; i++) {
        struct timespec start, end;
        if (clock_gettime(CLOCK_MONOTONIC, &start) < 0 || copy(argv[i], strtoul(argv[i], NULL, 10), sync) < 0
            || clock_gettime(CLOCK_MONOTONIC, &end) < 0)
            return perror(argv[i]), 1;
        printf("%s: %lld ns\n", argv[i], (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec);
    }
    return 0;
}

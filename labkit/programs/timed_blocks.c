/* Copies files with fread and fwrite, each through a buffer as large as the file's name says. How long does it take? */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { MOST = 1 << 20 };
static char buffer[3 * MOST];

static int copy(const char *name, size_t size, int sync)
{
    FILE *from = fopen(name, "r"), *to = fopen("copy", "w");
    if (!from || !to || size < 1 || size > MOST || setvbuf(from, buffer, _IOFBF, size)
        || setvbuf(to, buffer + MOST, _IOFBF, size))
        return -1;
    size_t count;
    while ((count = fread(buffer + 2 * MOST, 1, size, from)) > 0) // step: fread
        if (fwrite(buffer + 2 * MOST, 1, count, to) != count)     // step: fwrite
            return -1;
    if (ferror(from) || fflush(to) == EOF || (sync && fsync(fileno(to)) < 0))
        return -1;
    return fclose(from) == EOF || fclose(to) == EOF ? -1 : 0;
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

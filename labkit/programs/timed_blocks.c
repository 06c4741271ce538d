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

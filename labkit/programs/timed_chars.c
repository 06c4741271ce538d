/* Copies "from" to "copy" with fgetc and fputc, through stdio buffers of `size` bytes. How long does it take? */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int copy(char *buffers, size_t size, int sync)
{
    FILE *from = fopen("from", "r"), *to = fopen("copy", "w");
    if (!from || !to || setvbuf(from, buffers, _IOFBF, size) || setvbuf(to, buffers + size, _IOFBF, size))
        return -1;
    int c;
    while ((c = fgetc(from)) != EOF) // step: fgetc
        if (fputc(c, to) == EOF)     // step: fputc
            return -1;
    if (ferror(from) || fflush(to) == EOF || (sync && fsync(fileno(to)) < 0))
        return -1;
    return fclose(from) == EOF || fclose(to) == EOF ? -1 : 0;
}

int main(int argc, char *argv[])
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 4096;
    int times = argc > 2 ? atoi(argv[2]) : 1, sync = argc > 3;
    char *buffers = malloc(2 * size);
    for (int i = 0; buffers && i < times; i++) {
        struct timespec start, end;
        if (clock_gettime(CLOCK_MONOTONIC, &start) < 0 || copy(buffers, size, sync) < 0
            || clock_gettime(CLOCK_MONOTONIC, &end) < 0) {
            perror("copy");
            return 1;
        }
        printf("%lld ns\n", (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec);
    }
    free(buffers);
    return buffers == NULL;
}

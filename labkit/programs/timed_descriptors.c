/* Copies "from" to "copy" with read and write, `size` bytes at a time. How long does it take? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

static int copy(char *buffer, size_t size, int sync)
{
    int from = open("from", O_RDONLY), to = open("copy", O_WRONLY | O_CREAT | O_TRUNC, 0666);
    if (from < 0 || to < 0)
        return -1;
    ssize_t count;
    while ((count = read(from, buffer, size)) > 0) // step: read
        if (write(to, buffer, count) != count)     // step: write
            return -1;
    if (count < 0 || (sync && fsync(to) < 0))
        return -1;
    return close(from) < 0 || close(to) < 0 ? -1 : 0;
}

int main(int argc, char *argv[])
{
    size_t size = argc > 1 ? strtoul(argv[1], NULL, 10) : 4096;
    int times = argc > 2 ? atoi(argv[2]) : 1, sync = argc > 3;
    char *buffer = malloc(size);
    for (int i = 0; buffer && i < times; i++) {
        struct timespec start, end;
        if (clock_gettime(CLOCK_MONOTONIC, &start) < 0 || copy(buffer, size, sync) < 0
            || clock_gettime(CLOCK_MONOTONIC, &end) < 0) {
            perror("copy");
            return 1;
        }
        printf("%lld ns\n", (end.tv_sec - start.tv_sec) * 1000000000LL + end.tv_nsec - start.tv_nsec);
    }
    free(buffer);
    return buffer == NULL;
}

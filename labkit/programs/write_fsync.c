/* write, then fsync. How long does each take, and what has storage got in between? */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 64 << 10 };
static char bytes[SIZE];

static int tell(const char *call, struct timespec from, struct timespec to)
{
    long long ns = (to.tv_sec - from.tv_sec) * 1000000000LL + to.tv_nsec - from.tv_nsec;
    return printf("%s: %lld ns\n", call, ns);
}

int main(int argc, char *argv[])
{
    struct timespec start, written, synced;
    int fd = open(argc > 1 ? argv[1] : "data", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || clock_gettime(CLOCK_MONOTONIC, &start) < 0)
        return 1;
    if (write(fd, bytes, SIZE) != SIZE)                // step: write
        return 1;
    if (clock_gettime(CLOCK_MONOTONIC, &written) < 0)
        return 1;
    if (fsync(fd) < 0)                                 // step: fsync
        return 1;
    if (clock_gettime(CLOCK_MONOTONIC, &synced) < 0)
        return 1;
    if (tell("write", start, written) < 0 || tell("fsync", written, synced) < 0)
        return 1;
    return close(fd) < 0;
}

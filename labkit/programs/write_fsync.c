/* write, then fsync. How long does each take, and what has storage got in between? */
#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { SIZE = 64 << 10 };
static char bytes[SIZE];

int main(int argc, char *argv[])
{
    struct timespec start, written, synced;
    int fd = open(argc > 1 ? argv[1] : "data", O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || clock_gettime(CLOCK_MONOTONIC, &start) < 0)
        return 1;
    if (write(fd, bytes, SIZE) != SIZE || clock_gettime(CLOCK_MONOTONIC, &written) < 0) // step: write
        return 1;
    if (fsync(fd) < 0 || clock_gettime(CLOCK_MONOTONIC, &synced) < 0)                   // step: fsync
        return 1;
    long long write_ns = (written.tv_sec - start.tv_sec) * 1000000000LL + written.tv_nsec - start.tv_nsec;
    long long fsync_ns = (synced.tv_sec - written.tv_sec) * 1000000000LL + synced.tv_nsec - written.tv_nsec;
    if (printf("write: %lld ns\nfsync: %lld ns\n", write_ns, fsync_ns) < 0)
        return 1;
    return close(fd) < 0;
}

/* Three bytes of a file that is on storage only. In which blocks does everything below work? */
#define _GNU_SOURCE // O_DIRECT
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { SIZE = 64 << 10 };
static char bytes[SIZE];

int main(void)
{
    char three[3];
    struct stat about;
    int fd = open("blocks", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (fd < 0 || write(fd, bytes, SIZE) != SIZE || fsync(fd) < 0 || fstat(fd, &about) < 0)
        return 1;
    if (posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED) != 0)        // step: forget
        return 1;
    if (posix_fadvise(fd, 0, 0, POSIX_FADV_RANDOM) != 0)          // no reading ahead
        return 1;
    if (pread(fd, three, 3, 4095) != 3)                           // step: read
        return 1;
    int past = open("blocks", O_RDONLY | O_DIRECT);               // past the page cache
    ssize_t direct = past < 0 ? -1 : pread(past, three, 3, 4095); // step: direct
    printf("st_blksize: %ld\n", (long)about.st_blksize);
    printf("O_DIRECT: %s\n", direct < 0 ? strerror(errno) : "read");
    return close(fd) < 0 || (past >= 0 && close(past) < 0);
}

#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int fd = open("data", O_RDWR | O_CREAT, 0644);
    write(fd, "0123456789", 10);
    ftruncate(fd, 4);
    truncate("data", 6);
    fallocate(fd, 0, 0, 4096);
    fdatasync(fd);
    fsync(fd);
    posix_fadvise(fd, 0, 0, POSIX_FADV_SEQUENTIAL);
    return close(fd);
}

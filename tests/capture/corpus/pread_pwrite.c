#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char got[3];
    int fd = open("data", O_RDWR | O_CREAT, 0644);
    pwrite(fd, "0123456789", 10, 0);
    pread(fd, got, 3, 4);
    write(fd, got, 3);
    pread(fd, got, 3, 100);
    return close(fd);
}

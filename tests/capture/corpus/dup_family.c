#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char c;
    int fd = open("/etc/passwd", O_RDONLY), same = dup(fd), other = open("/etc/passwd", O_RDONLY);
    read(fd, &c, 1);
    read(same, &c, 1);
    read(other, &c, 1);
    dup2(fd, 20);
    dup2(20, 20);
    dup2(99, 20);
    dup3(fd, 21, O_CLOEXEC);
    dup3(fd, fd, 0);
    close(fd);
    read(20, &c, 1);
    return close(20);
}

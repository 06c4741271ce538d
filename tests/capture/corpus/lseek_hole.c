#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int fd = open("sparse", O_RDWR | O_CREAT | O_EXCL, 0600);
    write(fd, "head", 4);
    lseek(fd, 100000, SEEK_SET);
    write(fd, "tail", 4);
    lseek(fd, -4, SEEK_END);
    lseek(fd, 2, SEEK_CUR);
    lseek(fd, 0, SEEK_DATA);
    lseek(fd, -1, SEEK_SET);
    return close(fd);
}

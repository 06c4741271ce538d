#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/uio.h>
#include <unistd.h>

int main(void)
{
    char a[4], b[10];
    struct iovec out[] = {{"head ", 5}, {"", 0}, {"tail\n", 5}}, in[] = {{a, 4}, {b, 10}};
    int fd = open("data", O_RDWR | O_CREAT, 0644);
    writev(fd, out, 3);
    lseek(fd, 0, SEEK_SET);
    readv(fd, in, 2);
    preadv(fd, in, 1, 5);
    pwritev(fd, out, 1, 10);
    return close(fd);
}

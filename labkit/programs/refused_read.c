/* One read of 16 bytes that the kernel refuses, for the reason named. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    const char *why = argc > 1 ? argv[1] : "write-only";
    char bytes[16];
    void *to = bytes;
    int fd = -1;
    if (strcmp(why, "write-only") == 0) {
        fd = open("/dev/null", O_WRONLY);
    } else if (strcmp(why, "no-method") == 0) {
        fd = epoll_create1(0);
    } else if (strcmp(why, "kernel-address") == 0) {
        fd = open("/dev/zero", O_RDONLY);
        to = (void *)0xffffffff81000000;
    } else if (strcmp(why, "directory") == 0) {
        fd = open("/", O_RDONLY | O_DIRECTORY);
    } else if (strcmp(why, "closed") == 0) {
        fd = open("/dev/zero", O_RDONLY);
        if (close(fd) < 0)
            return 1;
    }
    if (fd < 0) {
        fprintf(stderr, "%s: %s\n", why, strerror(errno));
        return 1;
    }
    ssize_t got = read(fd, to, sizeof bytes);
    printf("%zd: %s\n", got, got < 0 ? strerror(errno) : "not refused");
    return 0;
}

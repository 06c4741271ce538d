#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char **argv)
{
    if (argc > 1) {
        for (int fd = 3; fd < 6; fd++)
            dprintf(1, "%d %s\n", fd, fcntl(fd, F_GETFD) < 0 ? "closed" : "open");
        return 0;
    }
    open("/etc/passwd", O_RDONLY);
    open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    fcntl(dup(3), F_SETFD, FD_CLOEXEC);
    execl("/no/such/program", "no", NULL);
    execl("/proc/self/exe", argv[0], "again", NULL);
    return 1;
}

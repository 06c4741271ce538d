/* Opens, moves, shares and closes; tells for each step what its own descriptors say of themselves. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* One line about `fd` on descriptor 2, by which a test knows what the tracer should have seen before it. */
static void tell(int fd)
{
    struct stat status;
    int waiting = -1;
    if (fstat(fd, &status) < 0) { dprintf(2, "%d gone\n", fd); return; }
    if (!S_ISREG(status.st_mode)) ioctl(fd, FIONREAD, &waiting);
    dprintf(2, "%d ino=%lu pos=%ld size=%ld flags=%o cloexec=%d queue=%d\n", fd, (unsigned long)status.st_ino,
            (long)lseek(fd, 0, SEEK_CUR), S_ISREG(status.st_mode) ? (long)status.st_size : -1,
            (unsigned)fcntl(fd, F_GETFL), fcntl(fd, F_GETFD) & FD_CLOEXEC, waiting);
}

int main(void)
{
    char bytes[100];
    int file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600);
    tell(file);
    if (write(file, "0123456789", 10) != 10) return 1;
    tell(file);
    lseek(file, 3, SEEK_SET);
    tell(file);
    if (read(file, bytes, 4) != 4) return 1;
    tell(file);
    fcntl(file, F_SETFL, O_APPEND | O_NONBLOCK);
    tell(file);
    fcntl(file, F_SETFD, FD_CLOEXEC);
    tell(file);
    ftruncate(file, 5);
    tell(file);
    int copy = dup(file);
    tell(copy);
    close(file);
    tell(file);
    file = open("/dev/zero", O_RDONLY | O_CLOEXEC);   /* the same number, another file */
    tell(file);
    if (read(file, bytes, 100) != 100) return 1;
    tell(file);
    dup2(copy, file);
    tell(file);
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0 || write(ends[1], bytes, 60) != 60) return 1;
    tell(ends[1]);
    if (read(ends[0], bytes, 25) != 25) return 1;
    tell(ends[0]);
    int event = eventfd(5, 0);
    tell(event);
    if (eventfd_write(event, 2) < 0) return 1;
    tell(event);
    if (fork() == 0) {
        lseek(copy, 1, SEEK_SET);
        tell(copy);
        close(copy);
        tell(copy);
        return 0;
    }
    wait(NULL);
    tell(copy);                        /* moved by the child: one open file description */
    int folder = open(".", O_RDONLY | O_DIRECTORY);
    tell(folder);
    close_range(3, 100, 0);
    tell(folder);
    return 0;
}

/* The eight calls, and what each returns: all of it, less, nothing, and -1. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int wrong(const char *call)
{
    perror(call);
    return 1;
}

int main(void)
{
    char buffer[8];
    int fd = creat("notes", 0644);
    if (fd < 0)
        return wrong("creat");
    if (write(fd, "ten bytes\n", 10) != 10)
        return wrong("write");
    if (fsync(fd) < 0 || close(fd) < 0)
        return wrong("fsync or close");
    sync();
    fd = open("notes", O_RDONLY);
    if (fd < 0)
        return wrong("open");
    while (read(fd, buffer, sizeof buffer) > 0)                     // step: read
        ;
    if (lseek(fd, -6, SEEK_END) < 0)                                // step: lseek
        return wrong("lseek");
    if (read(fd, buffer, 5) != 5)
        return wrong("read");
    if (write(fd, "more", 4) >= 0)                                  // step: not open for this
        return 1;
    if (close(fd) < 0)
        return wrong("close");
    return close(fd) == 0 || open("missing", O_RDONLY) >= 0;        // step: lead nowhere
}

/* The same five calls on whatever the name leads to. What does the kernel answer each time? */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static void tell(const char *call, long result)
{
    if (result < 0)
        printf("%s: %s\n", call, strerror(errno));
    else
        printf("%s: %ld\n", call, result);
}

static void same_calls(const char *name)
{
    char bytes[3];
    int fd = open(name, O_RDWR);
    tell("open", fd);
    if (fd < 0 && errno == EISDIR) {
        fd = open(name, O_RDONLY); // open(2): a directory may only be read
        tell("open", fd);
    }
    if (fd < 0)
        return;
    tell("read", read(fd, bytes, 3));
    tell("write", write(fd, "xyz", 3));
    tell("lseek", lseek(fd, 1, SEEK_SET));
    tell("close", close(fd));
}

int main(int argc, char *argv[])
{
    same_calls(argc > 1 ? argv[1] : "/dev/zero");
    return 0;
}

/* One pread of 16 bytes whose range is no range: before the beginning of the file, or beyond the largest offset. */
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    char bytes[16];
    off_t from = argc > 1 && strcmp(argv[1], "before") == 0 ? -1 : INT64_MAX - 1;
    int fd = open("/disk/numbers", O_RDONLY);
    if (fd < 0) {
        perror("/disk/numbers");
        return 1;
    }
    ssize_t got = pread(fd, bytes, sizeof bytes, from);
    printf("%zd: %s\n", got, got < 0 ? strerror(errno) : "not refused");
    return close(fd) < 0;
}

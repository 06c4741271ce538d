/* The smallest program that reads a file and writes it to standard output. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char buffer[8];
    ssize_t got;
    int fd = open("note", O_RDONLY);                                // step: open
    if (fd < 0) {
        perror("note");
        return 1;
    }
    while ((got = read(fd, buffer, sizeof buffer)) > 0)             // step: read
        if (write(STDOUT_FILENO, buffer, got) != got)               // step: write
            return 1;
    return got < 0 || close(fd) < 0;                                // step: close
}

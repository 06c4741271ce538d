/* The fault: strlen asks where the first zero is, and read puts none behind what it brings. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

int main(void)
{
    static char buffer[9]; // one more than is read, so that strlen finds a zero
    ssize_t got;
    int fd = open("note", O_RDONLY);                                // step: open
    if (fd < 0) {
        perror("note");
        return 1;
    }
    while ((got = read(fd, buffer, 8)) > 0)                         // step: read
        if (write(STDOUT_FILENO, buffer, strlen(buffer)) < 0)       // step: write
            return 1;
    return got < 0 || close(fd) < 0;                                // step: close
}

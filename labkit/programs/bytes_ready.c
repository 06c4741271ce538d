/* ioctl: what read and write cannot ask. How many bytes are in the pipe? How large is the terminal? */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

int main(void)
{
    int ends[2], ready;
    struct winsize size;
    if (pipe(ends) < 0 || write(ends[1], "hello", 5) != 5)
        return 1;
    if (ioctl(ends[0], FIONREAD, &ready) < 0) {
        perror("FIONREAD");
        return 1;
    }
    printf("%d bytes in the pipe\n", ready);
    if (ioctl(ends[0], TIOCGWINSZ, &size) < 0)
        printf("the size of a pipe's window: %s\n", strerror(errno));
    return close(ends[0]) < 0 || close(ends[1]) < 0;
}

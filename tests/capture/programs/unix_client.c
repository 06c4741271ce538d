/* Sends what it reads to the UNIX socket "door", and prints the answer. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

int main(void)
{
    struct sockaddr_un there = { .sun_family = AF_UNIX, .sun_path = "door" };
    char bytes[100];
    int n = check((int)read(0, bytes, sizeof bytes), "read");
    int fd = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    check(connect(fd, (struct sockaddr *)&there, sizeof there), "connect");
    check((int)write(fd, bytes, (size_t)n), "write");
    n = check((int)read(fd, bytes, sizeof bytes), "read");
    check((int)write(1, bytes, (size_t)n), "write");
    return 0;
}

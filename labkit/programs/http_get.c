/* Asks a web server on this machine for one file and prints the whole answer: status line, fields and content. */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char *argv[]) // PORT TARGET
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    char bytes[1000];
    ssize_t got;
    if (argc != 3)
        return 2;
    there.sin_port = htons(atoi(argv[1]));
    int size = snprintf(bytes, sizeof bytes, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n", argv[2]);
    if (size < 0 || size >= (int)sizeof bytes)
        return 2;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || connect(fd, (struct sockaddr *)&there, sizeof there) < 0) // step: connect
        return fail("connect");
    if (write(fd, bytes, size) != size)                                     // step: ask
        return fail("write");
    while ((got = read(fd, bytes, sizeof bytes)) > 0)                       // step: read
        if (fwrite(bytes, 1, got, stdout) != (size_t)got)
            return fail("fwrite");
    return got < 0 || close(fd) < 0 ? fail("read") : 0;                     // step: close
}

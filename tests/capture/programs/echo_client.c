/* Sends each word of its arguments to 127.0.0.1 and prints what comes back. Its first argument is the port. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (argc < 2) {
        fprintf(stderr, "usage: echo_client PORT WORD...\n");
        return 2;
    }
    there.sin_port = htons((in_port_t)atoi(argv[1]));
    int fd = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(connect(fd, (struct sockaddr *)&there, sizeof there), "connect");
    for (int i = 2; i < argc; i++) {
        char bytes[1000];
        size_t got = 0, size = strlen(argv[i]);
        check((int)write(fd, argv[i], size), "write");
        while (got < size) {
            int n = check((int)read(fd, bytes + got, sizeof bytes - got), "read");
            if (n == 0) {
                fprintf(stderr, "the server closed\n");
                return 1;
            }
            got += (size_t)n;
        }
        printf("%.*s\n", (int)got, bytes);
    }
    check(close(fd), "close");
    return 0;
}

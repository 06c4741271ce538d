/* Echoes what its clients send, one client after the other, until it is ended. Its argument is the port, 0: any. */
#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
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
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
                                .sin_port = htons(argc > 1 ? (in_port_t)atoi(argv[1]) : 0) };
    int listening = check(socket(AF_INET, SOCK_STREAM, 0), "socket");
    check(bind(listening, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listening, 5), "listen");
    for (;;) {
        int client = check(accept(listening, NULL, NULL), "accept");
        char bytes[1000];
        ssize_t n;
        while ((n = read(client, bytes, sizeof bytes)) > 0)
            check((int)write(client, bytes, (size_t)n), "write");
        check((int)n, "read");
        check(close(client), "close");
    }
}

/* A client that asks and is gone before the answer: it breaks its connection off. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // PORT
{
    struct addrinfo *server, wanted = {.ai_socktype = SOCK_STREAM};
    struct linger at_once = {.l_onoff = 1, .l_linger = 0};
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &server) != 0)
        return 2;
    int fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
    if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen) < 0)             // step: connect
        return fail("connect");
    freeaddrinfo(server);
    if (write(fd, "anybody?", 8) != 8)                                              // step: write
        return fail("write");
    if (setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once) < 0)        // step: no farewell
        return fail("setsockopt");
    return close(fd) < 0;                                                           // step: reset
}

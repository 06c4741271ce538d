/* Connects, and prints what the server says until it closes. */
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
    char bytes[16];
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &server) != 0)
        return 2;
    int fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
    if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen) < 0)    // step: connect
        return fail("connect");
    freeaddrinfo(server);
    ssize_t got;
    while ((got = read(fd, bytes, sizeof bytes)) > 0)                      // step: read
        if (fwrite(bytes, 1, got, stdout) != (size_t)got)
            return fail("fwrite");
    return got < 0 || close(fd) < 0 ? fail("read") : 0;                    // step: close
}

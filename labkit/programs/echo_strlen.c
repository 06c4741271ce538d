/* The fault: what comes back is taken for a string, and nobody put a zero behind it. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // PORT
{
    static const char *const words[] = {"hello", "hi"};
    static char bytes[512]; // zero everywhere, at first
    struct addrinfo *server, wanted = {.ai_socktype = SOCK_STREAM};
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &server) != 0)
        return 2;
    int fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
    if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen) < 0)    // step: connect
        return fail("connect");
    freeaddrinfo(server);
    for (int i = 0; i < 2; i++) {
        ssize_t size = strlen(words[i]);
        if (write(fd, words[i], size) != size)                             // step: write
            return fail("write");
        if (read(fd, bytes, sizeof bytes - 1) <= 0)                        // step: read
            return fail("read");
        if (printf("%s, %zu bytes\n", bytes, strlen(bytes)) < 0)           // step: strlen
            return fail("printf");
    }
    return close(fd) < 0;
}

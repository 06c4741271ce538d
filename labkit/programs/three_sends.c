/* Three writes, one right after the other, or with a pause of so many milliseconds between them. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // PORT [PAUSE]
{
    static const char *const words[] = {"one ", "two ", "three"};
    struct addrinfo *server, wanted = {.ai_socktype = SOCK_STREAM};
    useconds_t pause = argc > 2 ? atoi(argv[2]) * 1000 : 0;
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &server) != 0)
        return 2;
    int fd = socket(server->ai_family, server->ai_socktype, server->ai_protocol);
    if (fd < 0 || connect(fd, server->ai_addr, server->ai_addrlen) < 0)    // step: connect
        return fail("connect");
    freeaddrinfo(server);
    for (int i = 0; i < 3; i++) {
        ssize_t size = strlen(words[i]);
        if (write(fd, words[i], size) != size)                             // step: write
            return fail("write");
        if (pause > 0 && usleep(pause) < 0)
            return fail("usleep");
    }
    return close(fd) < 0;                                                  // step: close
}

/* Accepts one connection and reads it to its end, at most so many bytes at a time. */
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // PORT [SIZE]
{
    struct addrinfo *own, wanted = {.ai_socktype = SOCK_STREAM};
    char bytes[512];
    size_t size = argc > 2 ? strtoul(argv[2], NULL, 10) : sizeof bytes;
    ssize_t got;
    if (argc < 2 || size > sizeof bytes || getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0)
        return 2;
    int server = socket(own->ai_family, own->ai_socktype, own->ai_protocol);
    if (server < 0 || bind(server, own->ai_addr, own->ai_addrlen) < 0)
        return fail("bind");
    if (listen(server, 1) < 0)                                             // step: listen
        return fail("listen");
    freeaddrinfo(own);
    int client = accept(server, NULL, NULL);                               // step: accept
    if (client < 0)
        return fail("accept");
    while ((got = read(client, bytes, size)) > 0)                          // step: read
        if (fwrite(bytes, 1, got, stdout) != (size_t)got || putchar('|') == EOF)
            return fail("fwrite");
    return got < 0 || close(client) < 0;                                   // step: end
}

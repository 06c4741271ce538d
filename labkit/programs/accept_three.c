/* Accepts three connections and keeps them all: what is written to the second, nobody else gets. */
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
    struct addrinfo *own, wanted = {.ai_socktype = SOCK_STREAM};
    int clients[3];
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0)
        return 2;
    int server = socket(own->ai_family, own->ai_socktype, own->ai_protocol);
    if (server < 0 || bind(server, own->ai_addr, own->ai_addrlen) < 0)
        return fail("bind");
    if (listen(server, 5) < 0)                                             // step: listen
        return fail("listen");
    freeaddrinfo(own);
    for (int i = 0; i < 3; i++)
        if ((clients[i] = accept(server, NULL, NULL)) < 0)                 // step: accept
            return fail("accept");
    if (write(clients[1], "you", 3) != 3)                                  // step: write to the second
        return fail("write");
    for (int i = 0; i < 3; i++)
        if (close(clients[i]) < 0)                                         // step: close
            return fail("close");
    return close(server) < 0;
}

/* The echo server: sends back what it reads, to one client after the other. Port 0: a free one. */
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

static ssize_t echo(int client)
{
    char bytes[512];
    ssize_t got, put;
    while ((got = read(client, bytes, sizeof bytes)) > 0)                  // step: read
        for (ssize_t done = 0; done < got; done += put)
            if ((put = write(client, bytes + done, got - done)) < 0)       // step: write
                return put;
    return got;
}

int main(int argc, char **argv) // PORT
{
    struct addrinfo *own, wanted = {.ai_socktype = SOCK_STREAM};
    if (argc < 2 || getaddrinfo("127.0.0.1", argv[1], &wanted, &own) != 0) // step: getaddrinfo
        return 2;
    int client, server = socket(own->ai_family, own->ai_socktype, own->ai_protocol); // step: socket
    if (server < 0 || signal(SIGPIPE, SIG_IGN) == SIG_ERR)
        return fail("socket");
    if (bind(server, own->ai_addr, own->ai_addrlen) < 0)                   // step: bind
        return fail("bind");
    freeaddrinfo(own);
    if (listen(server, 5) < 0)                                             // step: listen
        return fail("listen");
    while ((client = accept(server, NULL, NULL)) >= 0) {                   // step: accept
        if (echo(client) < 0)
            perror("a client is lost"); // no reason to leave the others alone
        if (close(client) < 0)                                             // step: close
            return fail("close");
    }
    return fail("accept");
}

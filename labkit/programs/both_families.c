/* The same lines for every address that is named, whatever its family. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int connected(const char *host) // both ends are in this process
{
    struct addrinfo *one, wanted = {.ai_socktype = SOCK_STREAM};
    struct sockaddr_storage own; // has room for the address of any family
    socklen_t size = sizeof own;
    if (getaddrinfo(host, "0", &wanted, &one) != 0)                          // step: getaddrinfo
        return 0;
    int server = socket(one->ai_family, one->ai_socktype, one->ai_protocol); // step: socket
    int client = socket(one->ai_family, one->ai_socktype, one->ai_protocol); // step: another
    if (server < 0 || client < 0)
        return 0;
    if (bind(server, one->ai_addr, one->ai_addrlen) < 0)                     // step: bind
        return 0;
    freeaddrinfo(one);
    if (listen(server, 1) < 0 || getsockname(server, (struct sockaddr *)&own, &size) < 0)
        return 0;
    if (connect(client, (struct sockaddr *)&own, size) < 0)                  // step: connect
        return 0;
    int accepted = accept(server, NULL, NULL);                               // step: accept
    return accepted >= 0 && close(accepted) == 0 && close(client) == 0 && close(server) == 0;
}

int main(int argc, char **argv) // HOST…
{
    for (int i = 1; i < argc; i++)
        if (printf("%s: %s\n", argv[i], connected(argv[i]) ? "connected" : "not here") < 0)
            return 1;
    return 0;
}

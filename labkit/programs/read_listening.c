/* A listening socket is no end of a channel: read is refused. */
#include <netdb.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct addrinfo *own, wanted = {.ai_socktype = SOCK_STREAM};
    char bytes[16];
    if (getaddrinfo("127.0.0.1", "0", &wanted, &own) != 0)
        return 2;
    int server = socket(own->ai_family, own->ai_socktype, own->ai_protocol); // step: socket
    if (server < 0 || bind(server, own->ai_addr, own->ai_addrlen) < 0)       // step: bind
        return 1;
    freeaddrinfo(own);
    if (listen(server, 5) < 0)                                               // step: listen
        return 1;
    ssize_t got = read(server, bytes, sizeof bytes);                         // step: read
    if (got < 0)
        perror("read");
    return got >= 0 || close(server) < 0;
}

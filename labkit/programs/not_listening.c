/* A port that is bound and on which nobody listens: connect is refused. */
#include <arpa/inet.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(void)
{
    struct sockaddr_in own = {.sin_family = AF_INET};
    socklen_t size = sizeof own;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = socket(AF_INET, SOCK_STREAM, 0), client = socket(AF_INET, SOCK_STREAM, 0);
    if (server < 0 || client < 0)
        return fail("socket");
    if (bind(client, (struct sockaddr *)&own, size) < 0) // a client may, but need not
        return fail("bind");
    if (bind(server, (struct sockaddr *)&own, size) < 0)                   // step: bind
        return fail("bind");
    if (getsockname(server, (struct sockaddr *)&own, &size) < 0)
        return fail("getsockname");
    int refused = connect(client, (struct sockaddr *)&own, size);          // step: connect
    if (refused < 0)
        perror("connect");
    return refused == 0 || close(client) < 0 || close(server) < 0;
}

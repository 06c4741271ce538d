/* A server ends and starts again at once, at the same port. With an argument: SO_REUSEADDR. */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static struct sockaddr_in own = {.sin_family = AF_INET};
static socklen_t size = sizeof own;

static int checked(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
    return result;
}

static int start(int reuse) // at port 0 the first time, then at the same
{
    int server = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    if (reuse)
        checked(setsockopt(server, SOL_SOCKET, SO_REUSEADDR, &reuse, sizeof reuse), "reuse"); // step: reuse
    checked(bind(server, (struct sockaddr *)&own, size), "bind");                      // step: bind
    checked(getsockname(server, (struct sockaddr *)&own, &size), "getsockname");
    return checked(listen(server, 1), "listen") < 0 ? -1 : server;                     // step: listen
}

int main(int argc, char **argv)
{
    (void)argv;
    own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int server = start(argc > 1);
    int client = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(connect(client, (struct sockaddr *)&own, size), "connect");
    int accepted = checked(accept(server, NULL, NULL), "accept");
    checked(close(accepted), "close");                                                 // step: the server first
    checked(close(client), "close");                                                   // step: then the client
    checked(close(server), "close");                                                   // step: the server ends
    return start(argc > 1) < 0;                                                        // step: again
}

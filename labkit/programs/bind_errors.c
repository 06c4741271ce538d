/* Four times bind, and four answers: a port is free, taken, privileged, on another machine. */
#include <arpa/inet.h>
#include <err.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int checked(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
    return result;
}

static int bind_to(int fd, const char *host, in_port_t port)
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = port};
    checked(inet_pton(AF_INET, host, &own.sin_addr), "inet_pton");
    int result = bind(fd, (struct sockaddr *)&own, sizeof own);
    if (result < 0)
        perror(host);
    return result;
}

int main(void)
{
    struct sockaddr_in own;
    socklen_t size = sizeof own;
    if (geteuid() == 0) // root may use every port: be nobody
        checked(seteuid(65534), "seteuid");
    int first = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    int other = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(bind_to(first, "127.0.0.1", 0), "a free port");                          // step: free
    checked(getsockname(first, (struct sockaddr *)&own, &size), "getsockname");
    int taken = bind_to(other, "127.0.0.1", own.sin_port);                           // step: taken
    int low = bind_to(other, "127.0.0.1", htons(80));                                // step: low
    int strange = bind_to(other, "192.0.2.1", 0);                                    // step: not ours
    return taken == 0 || low == 0 || strange == 0;
}

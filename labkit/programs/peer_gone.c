/* What read and write say when the other end has gone: in order, and with bytes unread. */
#include <arpa/inet.h>
#include <err.h>
#include <signal.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

static int checked(int result, const char *what)
{
    if (result < 0)
        err(1, "%s", what);
    return result;
}

static void connection(int ends[2]) // both in this process, so that it decides who does what when
{
    struct sockaddr_in own = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof own;
    int server = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(bind(server, (struct sockaddr *)&own, size), "bind");
    checked(listen(server, 1), "listen");
    checked(getsockname(server, (struct sockaddr *)&own, &size), "getsockname");
    ends[0] = checked(socket(AF_INET, SOCK_STREAM, 0), "socket");
    checked(connect(ends[0], (struct sockaddr *)&own, size), "connect");
    ends[1] = checked(accept(server, NULL, NULL), "accept");
    checked(close(server), "close");
}

int main(void)
{
    char bytes[16];
    int one[2], two[2];
    checked(signal(SIGPIPE, SIG_IGN) == SIG_ERR ? -1 : 0, "signal");
    connection(one);
    connection(two);
    checked(close(one[1]), "close");                     // step: it closes
    ssize_t end = read(one[0], bytes, sizeof bytes);     // step: read at the end
    ssize_t taken = write(one[0], "you?", 4);            // step: write to nobody
    ssize_t gone = write(one[0], "you?", 4);             // step: write again
    checked(write(two[0], "never read", 10), "write");   // step: bytes for the other
    checked(close(two[1]), "close");                     // step: it closes with bytes unread
    ssize_t reset = read(two[0], bytes, sizeof bytes);   // step: read after that
    return !(end == 0 && taken == 4 && gone < 0 && reset < 0);
}

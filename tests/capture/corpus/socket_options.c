#define _GNU_SOURCE
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

int main(void)
{
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1, value;
    socklen_t length = sizeof value;
    struct linger linger = {1, 5};
    struct timeval timeout = {2, 0};
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout);
    getsockopt(fd, SOL_SOCKET, SO_ERROR, &value, &length);
    getsockopt(fd, SOL_SOCKET, SO_TYPE, &value, &length);
    return close(fd);
}

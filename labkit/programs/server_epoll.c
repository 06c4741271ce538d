/* One thread, many connections: epoll says on which descriptor a call will not have to wait. */
#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

static int serve_once(int client)
{
    char bytes[512];
    ssize_t n = read(client, bytes, sizeof bytes);                  // step: read
    if (n > 0 && memchr(bytes, '!', n) != NULL)
        abort();                                                    // step: crash
    for (ssize_t i = 0; i < n; i++)
        bytes[i] = toupper((unsigned char)bytes[i]);
    return n > 0 && send(client, bytes, n, MSG_NOSIGNAL) == n;      // step: answer
}

static int watch(int epoll, int fd)
{
    struct epoll_event readable = {.events = EPOLLIN, .data.fd = fd};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &readable);          // step: watch
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, SOMAXCONN) < 0)
        return 1;
    if (epoll < 0 || watch(epoll, listener) < 0)
        return 1;
    for (struct epoll_event ready;;) {
        if (epoll_wait(epoll, &ready, 1, -1) < 0)                   // step: wait for any
            return 1;
        int fd = ready.data.fd;
        int bad = fd == listener ? watch(epoll, accept(fd, NULL, NULL)) : !serve_once(fd) && close(fd);  // step: accept
        if (bad)
            return 1;
    }
}

#define _GNU_SOURCE
#include <sys/epoll.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2], epoll = epoll_create1(EPOLL_CLOEXEC);
    pipe(pipefd);
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.fd = pipefd[0]}, found[4];
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipefd[0], &event);
    epoll_wait(epoll, found, 4, 0);
    write(pipefd[1], "x", 1);
    epoll_wait(epoll, found, 4, -1);
    epoll_ctl(epoll, EPOLL_CTL_DEL, pipefd[0], NULL);
    return close(epoll);
}

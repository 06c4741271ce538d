#define _GNU_SOURCE
#include <poll.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2];
    pipe(pipefd);
    struct pollfd watched[] = {{pipefd[0], POLLIN, 0}, {pipefd[1], POLLOUT, 0}, {99, POLLIN, 0}};
    poll(watched, 3, 0);
    write(pipefd[1], "x", 1);
    close(pipefd[1]);
    poll(watched, 1, -1);
    return 0;
}

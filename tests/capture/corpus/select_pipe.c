#define _GNU_SOURCE
#include <sys/select.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2];
    pipe(pipefd);
    struct timeval wait = {0, 1000};
    fd_set readable, writable;
    FD_ZERO(&readable);
    FD_ZERO(&writable);
    FD_SET(pipefd[0], &readable);
    FD_SET(pipefd[1], &writable);
    select(pipefd[1] + 1, &readable, &writable, NULL, &wait);
    FD_SET(pipefd[0], &readable);
    return select(pipefd[0] + 1, &readable, NULL, NULL, &wait);
}

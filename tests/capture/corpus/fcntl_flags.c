#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2], fd;
    pipe2(pipefd, O_NONBLOCK);
    fcntl(pipefd[0], F_GETFL);
    fcntl(pipefd[0], F_SETFL, O_RDONLY);
    fcntl(pipefd[1], F_SETFD, FD_CLOEXEC);
    fcntl(pipefd[1], F_GETFD);
    fd = fcntl(pipefd[1], F_DUPFD, 10);
    fcntl(fd, F_GETFD);
    fcntl(pipefd[1], F_DUPFD_CLOEXEC, 10);
    fcntl(pipefd[1], F_SETPIPE_SZ, 8192);
    fcntl(pipefd[1], F_GETPIPE_SZ);
    fcntl(99, F_GETFL);
    return 0;
}

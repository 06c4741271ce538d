#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2], status;
    pipe(pipefd);
    close(pipefd[0]);
    if (fork() == 0)
        _exit(write(pipefd[1], "x", 1));
    wait(&status);
    signal(SIGPIPE, SIG_IGN);
    write(pipefd[1], "x", 1);
    return WTERMSIG(status) != SIGPIPE;
}

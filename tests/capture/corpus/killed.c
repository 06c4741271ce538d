#define _GNU_SOURCE
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status, pipefd[2];
    char c;
    pipe(pipefd);
    pid_t pid = fork();
    if (pid == 0) {
        write(pipefd[1], "r", 1);
        for (;;)
            pause();
    }
    read(pipefd[0], &c, 1);
    kill(pid, SIGKILL);
    waitpid(pid, &status, 0);
    return WTERMSIG(status) != SIGKILL;
}

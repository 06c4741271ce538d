#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2];
    pipe(pipefd);
    if (fork() == 0) {
        dup2(pipefd[1], 1);
        close(pipefd[0]);
        close(pipefd[1]);
        execl("/bin/echo", "echo", "through the pipe", NULL);
        _exit(127);
    }
    close(pipefd[1]);
    wait(NULL);
    dup2(pipefd[0], 0);
    close(pipefd[0]);
    execl("/usr/bin/wc", "wc", "-c", NULL);
    return 127;
}

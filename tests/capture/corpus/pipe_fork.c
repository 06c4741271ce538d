#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2];
    char got[8];
    pipe(pipefd);
    if (fork() == 0) {
        close(pipefd[0]);
        write(pipefd[1], "child", 5);
        _exit(7);
    }
    close(pipefd[1]);
    wait(NULL);
    while (read(pipefd[0], got, sizeof got) > 0)
        ;
    return close(pipefd[0]);
}

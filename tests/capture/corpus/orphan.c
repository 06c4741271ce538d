#define _GNU_SOURCE
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2];
    char c;
    pipe(pipefd);
    if (fork() == 0) {
        if (fork() == 0) {
            close(pipefd[0]);
            write(pipefd[1], "o", 1);
            _exit(0);
        }
        _exit(0);
    }
    wait(NULL);
    close(pipefd[1]);
    while (read(pipefd[0], &c, 1) > 0)
        ;
    return 0;
}

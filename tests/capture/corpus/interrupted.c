#define _GNU_SOURCE
#include <signal.h>
#include <unistd.h>

static void handler(int number)
{
    (void)number;
}

int main(void)
{
    int pipefd[2];
    char c;
    struct sigaction action = {.sa_handler = handler};
    pipe(pipefd);
    sigaction(SIGALRM, &action, NULL);
    ualarm(20000, 0);
    return read(pipefd[0], &c, 1) != -1;
}

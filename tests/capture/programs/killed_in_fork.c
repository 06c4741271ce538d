/* Kills, at any moment, a process that does nothing but fork: some die between making a child and saying so. */
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static void fork_for_ever(void)
{
    for (;;) {
        if (fork() == 0)
            _exit(0);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
}

int main(void)
{
    for (int i = 0; i < 200; i++) {
        pid_t victim = fork();
        if (victim < 0)
            return 1;                  /* and never kill(-1, …): that is everybody */
        if (victim == 0)
            fork_for_ever();
        usleep(200 + (useconds_t)(rand() % 700));
        kill(victim, SIGKILL);
        waitpid(victim, NULL, 0);
    }
    return 0;
}

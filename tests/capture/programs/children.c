/* Children of every kind: fork, vfork, posix_spawn, system, a thread; each makes a call of its own. */
#include <pthread.h>
#include <spawn.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void *worker(void *name)
{
    write(1, name, 1);
    return NULL;
}

int main(void)
{
    char *argv[] = {"true", NULL};
    pid_t child;
    if (fork() == 0) {
        write(1, "f", 1);
        _exit(0);
    }
    wait(NULL);
    if (vfork() == 0) {
        write(1, "v", 1);
        _exit(0);
    }
    wait(NULL);
    posix_spawnp(&child, "true", NULL, NULL, argv, environ);
    waitpid(child, NULL, 0);
    system("exit 1");
    pthread_t thread;
    pthread_create(&thread, NULL, worker, "t");
    pthread_join(thread, NULL);
    return 0;
}

#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

static char stack[65536];

static int child(void *argument)
{
    (void)argument;
    close(3);
    return open("/dev/null", O_RDONLY) != 3;
}

int main(void)
{
    int status;
    open("/etc/passwd", O_RDONLY);
    waitpid(clone(child, stack + sizeof stack, CLONE_FILES | SIGCHLD, NULL), &status, 0);
    unshare(CLONE_FILES);
    close(3);
    return WEXITSTATUS(status);
}

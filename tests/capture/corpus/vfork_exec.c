#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    pid_t pid = vfork();
    if (pid == 0) {
        execl("/bin/true", "true", NULL);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    if (system("exit 3") < 0)
        return 1;
    return WEXITSTATUS(status);
}

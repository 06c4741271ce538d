#define _GNU_SOURCE
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    siginfo_t info;
    int status;
    if (fork() == 0)
        _exit(9);
    waitid(P_ALL, 0, &info, WEXITED | WNOWAIT);
    waitid(P_PID, info.si_pid, &info, WEXITED);
    waitpid(-1, &status, WNOHANG);
    return info.si_status != 9;
}

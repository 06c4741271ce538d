#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int status;
    char c;
    pid_t pid = fork();
    if (pid == 0) {
        open("/etc/passwd", O_RDONLY);
        return raise(SIGSTOP);
    }
    waitpid(pid, &status, WUNTRACED);
    int pidfd = syscall(SYS_pidfd_open, pid, 0), copy = syscall(SYS_pidfd_getfd, pidfd, 3, 0);
    if (copy >= 0)
        read(copy, &c, 1);
    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    waitpid(pid, &status, 0);
    return WTERMSIG(status) != SIGKILL;
}

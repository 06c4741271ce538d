#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipefd[2], status;
    char c;
    pipe(pipefd);
    pid_t pid = fork();
    if (pid == 0) {
        open("/etc/passwd", O_RDONLY);
        write(pipefd[1], "r", 1);
        for (;;)
            pause();
    }
    read(pipefd[0], &c, 1);
    int pidfd = syscall(SYS_pidfd_open, pid, 0), stolen = syscall(SYS_pidfd_getfd, pidfd, 5, 0);
    if (stolen >= 0)
        read(stolen, &c, 1);
    syscall(SYS_pidfd_send_signal, pidfd, SIGKILL, NULL, 0);
    waitpid(pid, &status, 0);
    return 0;
}

/* A child made together with a descriptor of it, by clone and by clone3; the child has none of it. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static int ended(long child, int pidfd)
{
    siginfo_t info = {0};
    if (child < 0)
        return 1;
    if (child == 0) {
        close(open("/dev/null", O_RDONLY));
        _exit(7);
    }
    int copy = syscall(SYS_pidfd_getfd, pidfd, 1, 0);
    if (copy >= 0)
        close(copy);
    waitid(P_PIDFD, pidfd, &info, WEXITED);
    return info.si_status != 7 || close(pidfd) != 0;
}

int main(void)
{
    int first = -1, second = -1;
    long child = syscall(SYS_clone, CLONE_PIDFD | SIGCHLD, 0, &first, 0, 0);
    int bad = ended(child, first);
    struct clone_args how = {.flags = CLONE_PIDFD, .pidfd = (unsigned long)&second, .exit_signal = SIGCHLD};
    child = syscall(SYS_clone3, &how, sizeof how);
    return bad | ended(child, second);
}

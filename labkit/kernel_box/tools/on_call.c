/*
 * on_call trace|hold CALL NTH FD PROGRAM ARGS…: runs the program under ptrace up to its NTH system call numbered CALL, on
 * descriptor FD (-1: any). With "trace" the kernel's tracer is on from the call's entry to its exit; "PID RESULT STATUS"
 * is printed: the call's result, "none" if it was never made, and how the program ended. With "hold" the program is
 * stopped at the entry, its pid is printed, and it stays so until this program is ended, and the other with it.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ptrace.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#define TRACING "/sys/kernel/tracing/"

static void must(int good, const char *what)
{
    if (!good) {
        perror(what);
        exit(111);
    }
}

static void set(const char *file, const char *value)
{
    int fd = open(file, O_WRONLY | O_TRUNC);
    must(fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value), file);
    close(fd);
}

static int next_stop(pid_t child, int *status)
{
    must(ptrace(PTRACE_SYSCALL, child, 0, 0) == 0 && waitpid(child, status, 0) == child, "ptrace");
    while (WIFSTOPPED(*status) && WSTOPSIG(*status) != (SIGTRAP | 0x80)) {
        int signal = WSTOPSIG(*status) == SIGTRAP ? 0 : WSTOPSIG(*status);
        must(ptrace(PTRACE_SYSCALL, child, 0, signal) == 0 && waitpid(child, status, 0) == child, "ptrace");
    }
    return WIFSTOPPED(*status);
}

int main(int argc, char **argv)
{
    if (argc < 6) {
        fprintf(stderr, "usage: on_call trace|hold CALL NTH FD PROGRAM ARGS...\n");
        return 111;
    }
    int hold = strcmp(argv[1], "hold") == 0;
    long call = atol(argv[2]), left = atol(argv[3]), fd = atol(argv[4]);
    char result[32] = "none";
    int status, on = open(TRACING "tracing_on", O_WRONLY | O_CLOEXEC);
    must(on >= 0, "tracing_on");
    pid_t child = fork();
    must(child >= 0, "fork");
    if (child == 0) {
        /* Nobody takes the processor from it while it can go on: other tasks on its path would be chance. */
        struct sched_param first = {.sched_priority = 1};
        must(sched_setscheduler(0, SCHED_FIFO | SCHED_RESET_ON_FORK, &first) == 0, "sched_setscheduler");
        ptrace(PTRACE_TRACEME, 0, 0, 0);
        raise(SIGSTOP);
        execv(argv[5], argv + 5);
        perror(argv[5]);
        _exit(127);
    }
    must(waitpid(child, &status, 0) == child, "waitpid");
    must(ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACESYSGOOD | PTRACE_O_EXITKILL) == 0, "PTRACE_SETOPTIONS");
    while (next_stop(child, &status)) {
        struct user_regs_struct registers;
        must(ptrace(PTRACE_GETREGS, child, 0, &registers) == 0, "PTRACE_GETREGS");
        int wanted = (long)registers.orig_rax == call && (fd < 0 || (long)(int)registers.rdi == fd) && --left == 0;
        if (wanted && hold) {
            printf("%d\n", child);
            fflush(stdout);
            pause();
        }
        if (wanted) {
            set(TRACING "trace", "");
            must(write(on, "1", 1) == 1, "tracing_on");
        }
        if (!next_stop(child, &status))
            break;
        if (wanted) {
            must(write(on, "0", 1) == 1, "tracing_on");
            must(ptrace(PTRACE_GETREGS, child, 0, &registers) == 0, "PTRACE_GETREGS");
            snprintf(result, sizeof result, "%lld", (long long)registers.rax);
        }
    }
    must(write(on, "0", 1) == 1, "tracing_on");
    printf("%d %s %d\n", child, result, WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status));
    return 0;
}

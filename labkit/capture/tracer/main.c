/* Starts the recording, and ends it so that nothing is left: the tracer, its log and every process below it.
 *
 * usage: tracer CONFIG LOG CONTROL   (numbers of inherited descriptors; CONTROL is a pipe: its end of file ends all; standard
 * output is told how long the log is by now, 8 bytes each time)
 */
#include "tracer.h"
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

int control;

static void kill_task(struct task *task, void *with) { (void)with; syscall(SYS_tkill, task->tid, SIGKILL); kill(task->pid, SIGKILL); }

/* Descendants that are traced no more, or never were, are our children when their parents are gone (PR_SET_CHILD_SUBREAPER). */
static void kill_children(void)
{
    char path[64];
    int pid;
    snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
    FILE *file = fopen(path, "re");
    if (!file) return;
    while (fscanf(file, "%d", &pid) == 1) kill(pid, SIGKILL);
    fclose(file);
}

/* SIGKILL reaches a stopped thread too, and EVENT stops of children born meanwhile are answered by killing these. */
static void kill_everything(void)
{
    task_each(kill_task, NULL);
    for (int rounds = 0; ; rounds++) {
        int status;
        pid_t tid = waitpid(-1, &status, __WALL | WNOHANG);
        if (tid < 0 && errno == ECHILD) return;
        if (tid > 0 && WIFSTOPPED(status)) { kill(tid, SIGKILL); syscall(SYS_tkill, tid, SIGKILL); }
        struct task *task = tid > 0 && !WIFSTOPPED(status) ? task_find(tid) : NULL;
        if (task && task->known && task->execed) { log_begin(DEATH, tid); log_number("status=%d", status); task_forget(task); log_end(); }
        if (tid > 0) continue;
        kill_children();
        task_each(kill_task, NULL);
        poll(NULL, 0, rounds < 100 ? 1 : 10);
    }
}

static void last_output(void)
{
    for (struct program *program = programs; program < programs + nprograms; program++) {
        if (program->terminal >= 0) close(program->terminal);    /* then reading gives all that was printed, and EIO */
        for (int i = 0; i < CHANNELS; i++)
            while (program->channels[i].fd >= 0) {
                struct pollfd polled = { program->channels[i].fd, POLLIN, 0 };
                if (poll(&polled, 1, 1000) <= 0) break;
                output_drain();
                if (config.output && printed > config.output) break;
            }
    }
}

/* The launcher is gone, or interrupted: nobody takes its folder away any more. */
static void clear_scratch(void)
{
    if (!config.scratch || strcmp(ended_by, "interrupt") != 0) return;
    for (struct program *program = programs; program < programs + nprograms; program++) {
        if (program->in_path) unlink(program->in_path);
        if (program->out_path) unlink(program->out_path);
        if (program->err_path) unlink(program->err_path);
    }
    rmdir(config.scratch);
}

static void end_log(const char *failed, int why)
{
    log_begin(END, 0);
    log_text("ended_by", ended_by);
    if (failed) log_text("failed", failed);
    log_number("kcmp=%d\npidfd_getfd=%d\ncachestat=%d\nerrno=%d\nwire=%d\nat_once=%d\nlost=%ld", may_kcmp, may_getfd, may_cachestat, why, wire_seen,
               wire_at_once, wire_lost());
    char *ended = calloc((size_t)nprograms + 1, 1);
    for (int i = 0; ended && i < nprograms; i++) ended[i] = programs[i].ended ? '1' : '0';
    if (ended) log_text("ended", ended);
    if (nprograms) log_number("status=%d\nfirst_ended=%d\nprogram=%d", programs->status, programs->ended, together_starting);
    log_end();
    log_flush();
}

void die(const char *what)
{
    static bool dying;
    int why = errno;
    if (dying) _exit(2);
    dying = true;
    log_abandon();
    kill_everything();
    end_log(what, why);
    _exit(2);
}

static void on_launchers_death(int number)
{
    (void)number;
    end_all("interrupt");              /* seen at the loop's next turn; the signal itself interrupts its waiting */
}

static void find_capabilities(void)
{
    may_cachestat = pages_try();
    may_kcmp = !config.no_kcmp && kcmp_files(getpid(), getpid(), 0, 0) >= 0;
    int self = (int)syscall(SYS_pidfd_open, getpid(), 0), copy = self < 0 ? -1 : (int)syscall(SYS_pidfd_getfd, self, 0, 0);
    may_getfd = !config.no_getfd && copy >= 0;
    if (copy >= 0) close(copy);
    if (self >= 0) close(self);
}

int main(int argc, char **argv)
{
    if (argc != 4) return 2;
    control = atoi(argv[3]);
    for (int i = 1; i < 4; i++) fcntl(atoi(argv[i]), F_SETFD, FD_CLOEXEC);
    log_open(atoi(argv[2]));
    sigset_t all;
    sigfillset(&all);
    sigdelset(&all, SIGTERM);
    sigdelset(&all, SIGALRM);          /* the loop's tick */
    sigdelset(&all, SIGUSR1);
    sigprocmask(SIG_SETMASK, &all, NULL);
    /* if the launcher dies the tracer must not outlive it, nor the program the tracer (PTRACE_O_EXITKILL); the closing of
     * the control pipe says so, too, if no other child of the launcher has inherited it */
    signal(SIGUSR1, on_launchers_death);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    if (setsid() < 0 && getsid(0) != getpid()) die("setsid");
    config_read(atoi(argv[1]));
    wire_begin();
    find_capabilities();
    processor_begin();
    program_start(programs);
    loop();
    log_abandon();
    kill_everything();
    last_output();
    end_log(NULL, 0);
    clear_scratch();
    return 0;
}

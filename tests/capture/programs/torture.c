/* Everything a tracer can get wrong about processes, signals and descriptors; prints what happened, the same in every run. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/inotify.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

static void must(int ok, const char *what)
{
    if (ok) return;
    perror(what);
    exit(99);
}

static pid_t born(void)
{
    pid_t child = fork();
    must(child >= 0, "fork");          /* kill(-1, …) would be everybody */
    return child;
}

static int finished(pid_t child)
{
    int status;
    must(waitpid(child, &status, 0) == child, "waitpid");
    return status;
}

static void group_stop(void)
{
    int status, ends[2];
    char go = 'g';
    must(pipe(ends) == 0, "pipe");
    pid_t child = born();
    if (child == 0) { raise(SIGSTOP); must(read(ends[0], &go, 1) == 1, "read"); _exit(3); }
    must(waitpid(child, &status, WUNTRACED) == child, "waitpid");
    printf("stopped %d by %d\n", WIFSTOPPED(status), WSTOPSIG(status));
    kill(child, SIGCONT);
    must(waitpid(child, &status, WCONTINUED) == child, "waitpid");
    printf("continued %d\n", WIFCONTINUED(status));
    must(write(ends[1], &go, 1) == 1, "write");
    printf("exit status %d\n", WEXITSTATUS(finished(child)));
}

static volatile sig_atomic_t rings;
static void on_alarm(int number) { (void)number; rings++; }

/* Again and again, so that one of them comes inside the call, however slowly the program gets there. */
static void ring(int us)
{
    struct itimerval often = { { 0, us }, { 0, us } };
    rings = 0;
    setitimer(ITIMER_REAL, &often, NULL);
}

static void interrupted(void)
{
    int ends[2];
    char byte;
    must(pipe(ends) == 0, "pipe");
    struct sigaction action = { .sa_handler = on_alarm };
    sigaction(SIGALRM, &action, NULL);
    ring(20000);
    ssize_t n = read(ends[0], &byte, 1);
    printf("read %zd %s\n", n, n < 0 ? strerrorname_np(errno) : "");
    struct timespec nap = { 1000, 0 }, rest = { 0, 0 };
    int r = nanosleep(&nap, &rest);
    printf("nanosleep %d %s, most of it left %d\n", r, r < 0 ? strerrorname_np(errno) : "", rest.tv_sec > 900);
    action.sa_flags = SA_RESTART;
    sigaction(SIGALRM, &action, NULL);
    pid_t child = born();
    if (child == 0) {                  /* timers are not inherited */
        usleep(90000);
        must(write(ends[1], "z", 1) == 1, "write");
        _exit(0);
    }
    ring(20000);
    n = read(ends[0], &byte, 1);
    printf("restarted read %zd %c, rang meanwhile %d\n", n, byte, rings > 0);
    ring(0);
    finished(child);
    close(ends[0]);
    close(ends[1]);
}

static void deaths(void)
{
    int ends[2];
    must(pipe(ends) == 0, "pipe");
    close(ends[0]);
    pid_t child = born();
    if (child == 0) { must(write(ends[1], "x", 1) == 1, "write"); _exit(0); }
    printf("writing to nobody: signal %d\n", WTERMSIG(finished(child)));
    close(ends[1]);
    if ((child = born()) == 0) *(volatile int *)8 = 1;
    printf("bad pointer: signal %d\n", WTERMSIG(finished(child)));
    must(pipe(ends) == 0, "pipe");
    if ((child = born()) == 0) { must(write(ends[1], "r", 1) == 1, "write"); for (;;) pause(); }
    char ready;
    must(read(ends[0], &ready, 1) == 1, "read");
    kill(child, SIGKILL);
    printf("killed: signal %d\n", WTERMSIG(finished(child)));
    close(ends[0]);
    close(ends[1]);
}

static void other_births(void)
{
    pid_t child = vfork();
    if (child == 0) { execl("/bin/true", "true", NULL); _exit(127); }
    printf("vfork and exec: %d\n", finished(child));
    if ((child = vfork()) == 0) _exit(5);
    printf("vfork: %d\n", WEXITSTATUS(finished(child)));
    char *arguments[] = { "echo", "spawned", NULL };
    must(posix_spawn(&child, "/bin/echo", NULL, NULL, arguments, environ) == 0, "posix_spawn");
    finished(child);
    FILE *from = popen("echo through a shell", "r");
    char line[100];
    must(from && fgets(line, sizeof line, from), "popen");
    printf("popen: %s", line);
    printf("pclose: %d\n", pclose(from));
}

static void passed_descriptor(void)
{
    int pair[2], ends[2];
    char control[CMSG_SPACE(sizeof(int))] = { 0 }, byte = 'm';
    struct iovec part = { &byte, 1 };
    struct msghdr message = { .msg_iov = &part, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control };
    must(socketpair(AF_UNIX, SOCK_STREAM, 0, pair) == 0 && pipe(ends) == 0, "socketpair");
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){ CMSG_LEN(sizeof(int)), SOL_SOCKET, SCM_RIGHTS };
    memcpy(CMSG_DATA(header), &ends[1], sizeof(int));
    must(sendmsg(pair[0], &message, 0) == 1, "sendmsg");
    close(ends[1]);
    message.msg_controllen = sizeof control;
    must(recvmsg(pair[1], &message, 0) == 1, "recvmsg");
    int got;
    memcpy(&got, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof got);
    must(write(got, "through it", 10) == 10, "write");
    close(got);
    char text[20] = "";
    ssize_t n = read(ends[0], text, sizeof text);
    printf("passed: %zd %s, then %zd\n", n, text, read(ends[0], text, sizeof text));
    close(ends[0]);
    close(pair[0]);
    close(pair[1]);
}

/* A tracer that held on to an open file would keep it locked, busy or open. */
static void files(void)
{
    int one = open("locked", O_RDWR | O_CREAT, 0600), two = open("locked", O_RDWR);
    must(one >= 0 && two >= 0, "open");
    must(write(one, "12345", 5) == 5 && flock(one, LOCK_EX) == 0, "flock");
    printf("locked twice: %s\n", flock(two, LOCK_EX | LOCK_NB) == 0 ? "yes" : strerrorname_np(errno));
    close(one);
    printf("after close: %s\n", flock(two, LOCK_EX | LOCK_NB) == 0 ? "yes" : strerrorname_np(errno));
    int watch = inotify_init1(IN_NONBLOCK);
    must(inotify_add_watch(watch, "locked", IN_CLOSE_WRITE) >= 0, "inotify");
    must(write(two, "6", 1) == 1, "write");
    close(two);
    char event[256];
    printf("closing seen: %d\n", read(watch, event, sizeof event) > 0);
    close(watch);
    int from = open("/bin/true", O_RDONLY), to = open("copied", O_WRONLY | O_CREAT | O_TRUNC, 0700);
    char block[4096];
    for (ssize_t n; (n = read(from, block, sizeof block)) > 0; ) must(write(to, block, (size_t)n) == n, "write");
    close(from);
    close(to);
    pid_t child = born();
    if (child == 0) { execl("./copied", "copied", NULL); printf("exec: %s\n", strerrorname_np(errno)); exit(1); }
    printf("a file just written runs: %d\n", finished(child));
    unlink("copied");
    unlink("locked");
    int null = open("/dev/null", O_RDONLY | O_CLOEXEC), high = dup2(null, 40), higher = fcntl(null, F_DUPFD_CLOEXEC, 50);
    printf("duplicates %d %d\n", high, higher);
    close_range(40, 60, 0);
    printf("after close_range: %d %d\n", fcntl(40, F_GETFD), fcntl(50, F_GETFD));
    close(null);
}

static void *thread(void *unused) { must(write(1, "thread\n", 7) == 7, "write"); return unused; }
static void *executing(void *unused) { execl("/bin/echo", "echo", "exec from a thread", NULL); return unused; }

static void threads(void)
{
    pthread_t other;
    must(pthread_create(&other, NULL, thread, NULL) == 0, "pthread_create");
    pthread_join(other, NULL);
    pid_t child = born();
    if (child == 0) {
        pthread_create(&other, NULL, executing, NULL);
        for (;;) pause();
    }
    printf("it ended with %d\n", finished(child));
    if ((child = born()) == 0) {       /* the first thread ends before the last one */
        pthread_create(&other, NULL, thread, NULL);
        pthread_exit(NULL);
    }
    printf("first thread first: %d\n", finished(child));
}

static void orphan(void)
{
    int ends[2];
    char byte;
    must(pipe(ends) == 0, "pipe");
    pid_t child = born();
    if (child == 0) {
        pid_t parent = getpid();
        if (born() == 0) {
            while (getppid() == parent) usleep(1000);
            must(write(1, "orphan\n", 7) == 7, "write");
            _exit(0);                  /* its end of the pipe closes with it */
        }
        _exit(0);
    }
    finished(child);
    close(ends[1]);
    printf("all ends closed: %zd\n", read(ends[0], &byte, 1));
    close(ends[0]);
}

int main(void)
{
    setvbuf(stdout, NULL, _IONBF, 0);
    group_stop();
    interrupted();
    deaths();
    other_births();
    passed_descriptor();
    files();
    threads();
    orphan();
    printf("end\n");
    raise(SIGTERM);
    return 0;
}

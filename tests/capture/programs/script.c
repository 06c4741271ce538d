/* Runs a script of system calls over several processes, strictly one call after another.
 *
 * Each line of the file "script" is a step: PROCESS CALL A B C. A process takes the steps that bear its number; whose
 * turn it is stands in the file "turn", mapped by all. Waiting is futex(2), which the recorder does not stop at.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <linux/close_range.h>
#include <linux/futex.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

enum { STEPS = 200 };
static struct step { int process; char call[12]; int a, b, c; } steps[STEPS];
static int count, me;
static _Atomic int *turn;
static char bytes[1 << 17];

static void await(int step)
{
    for (int now; (now = *turn) != step;)
        syscall(SYS_futex, turn, FUTEX_WAIT, now, NULL, NULL, 0);
}

static void pass_to(int step)
{
    *turn = step;
    syscall(SYS_futex, turn, FUTEX_WAKE, 1 << 30, NULL, NULL, 0);
}

static void start(void)
{
    signal(SIGPIPE, SIG_IGN);
    int fd = open("turn", O_RDWR | O_CREAT, 0600);
    if (ftruncate(fd, sizeof *turn) != 0)
        _exit(90);
    turn = mmap(NULL, sizeof *turn, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    fd = open("script", O_RDONLY);
    char text[STEPS * 32], *line = text;
    ssize_t got = read(fd, text, sizeof text - 1);
    close(fd);
    if (turn == MAP_FAILED || got < 0)
        _exit(91);
    text[got] = 0;
    for (int used; sscanf(line, "%d %11s %d %d %d%n", &steps[count].process, steps[count].call, &steps[count].a,
                          &steps[count].b, &steps[count].c, &used) == 5; line += used)
        count++;
}

static void message(int socket, int fd, int receive)
{
    char byte = 'm', control[CMSG_SPACE(sizeof fd)] = {0};
    struct iovec data = {&byte, 1};
    struct msghdr message = {.msg_iov = &data, .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    *header = (struct cmsghdr){.cmsg_len = CMSG_LEN(sizeof fd), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    memcpy(CMSG_DATA(header), &fd, sizeof fd);
    if (receive)
        recvmsg(socket, &message, receive == 2 ? MSG_CMSG_CLOEXEC : 0);
    else
        sendmsg(socket, &message, 0);
}

static void go_on(int step, int process)
{
    char number[12], where[12];
    snprintf(number, sizeof number, "%d", process);
    snprintf(where, sizeof where, "%d", step);
    execl("/proc/self/exe", "script", number, where, (char *)NULL);
    _exit(92);
}

static const char *const paths[] = {"one", "two", "three", "/dev/null", "/dev/zero", "/no/such"};

/* The steps that go through stdio: streams 0 to 2 are the standard ones, 3 is the one that fopen opens. */
static void buffered(struct step s)
{
    static const char *const modes[] = {"r", "w", "a", "r+", "w+", "a+"};
    static const int buffering[] = {_IOFBF, _IOLBF, _IONBF};
    static FILE *own;
    FILE *stream = (FILE *[]){stdin, stdout, stderr, own}[s.a % 4];
    if (!strcmp(s.call, "fopen") && !own) {
        own = fopen(paths[s.a % 6], modes[s.b % 6]);
        if (own && s.c)
            setvbuf(own, NULL, buffering[s.c % 3], 0);
    } else if (!strcmp(s.call, "fclose") && own) {
        fclose(own);
        own = NULL;
    } else if (stream) {
        if (!strcmp(s.call, "fwrite")) fwrite(bytes, 1, s.b, stream);
        else if (!strcmp(s.call, "fread")) fread(bytes, 1, s.b, stream);
        else if (!strcmp(s.call, "fflush")) fflush(stream);
        else if (!strcmp(s.call, "fseek")) fseek(stream, s.b, s.c);
    }
}

static void take(int number)
{
    struct step s = steps[number];
    int pair[2];
    memset(bytes, 'a' + number % 26, sizeof bytes);
    if (s.call[0] == 'f' && strcmp(s.call, "fcntl") && strcmp(s.call, "fork"))
        buffered(s);
    else if (!strcmp(s.call, "open")) open(paths[s.a % 6], s.b, 0600);
    else if (!strcmp(s.call, "close")) close(s.a);
    else if (!strcmp(s.call, "dup")) dup(s.a);
    else if (!strcmp(s.call, "dup2")) dup2(s.a, s.b);
    else if (!strcmp(s.call, "dup3")) dup3(s.a, s.b, s.c);
    else if (!strcmp(s.call, "fcntl")) fcntl(s.a, s.b, s.c);
    else if (!strcmp(s.call, "pipe")) pipe2(pair, s.a);
    else if (!strcmp(s.call, "socketpair")) socketpair(AF_UNIX, SOCK_STREAM | s.a, 0, pair);
    else if (!strcmp(s.call, "lseek")) lseek(s.a, s.b, s.c);
    else if (!strcmp(s.call, "read")) read(s.a, bytes, s.b);
    else if (!strcmp(s.call, "write")) write(s.a, bytes, s.b);
    else if (!strcmp(s.call, "truncate")) ftruncate(s.a, s.b);
    else if (!strcmp(s.call, "range")) close_range(s.a, s.b, s.c);
    else if (!strcmp(s.call, "send")) message(s.a, s.b, 0);
    else if (!strcmp(s.call, "receive")) message(s.a, -1, 1 + s.b);
    else if (!strcmp(s.call, "unshare")) unshare(CLONE_FILES);
    else if (!strcmp(s.call, "wait")) waitpid(-1, NULL, WNOHANG);
    else if (!strcmp(s.call, "exec")) go_on(number + 1, me);
    else if (!strcmp(s.call, "exit")) { pass_to(number + 1); _exit(s.a); }
    else if (!strcmp(s.call, "fork")) {
        if (syscall(SYS_clone, (s.b ? CLONE_FILES : 0) | SIGCHLD, 0, 0, 0, 0) == 0) {
            me = s.a;
            return;
        }
    }
    pass_to(number + 1);
}

int main(int argc, char **argv)
{
    int first = 0;
    start();
    if (argc == 3) {
        me = atoi(argv[1]);
        first = atoi(argv[2]);
        pass_to(first);
    }
    for (int step = first; step < count; step++)
        if (steps[step].process == me) {
            await(step);
            take(step);
        }
    await(count);
    while (wait(NULL) > 0)
        ;
    return 0;
}

/* The world a program begins in: its three descriptors, terminal, process group, signals, limits and the filter that makes
 * the wanted system calls stop. Everything is as a shell would leave it, so that the program behaves as it would alone.
 */
#include "tracer.h"
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/sched.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>

int terminals;
static struct program *program;        /* that is being started */
static int ends[3];                    /* its side of its descriptors */

static bool is(const char *kind, const char *name) { return strcmp(kind, name) == 0; }

/* Bytes come through as the program wrote them (no \n to \r\n); what is typed is echoed, if anything is typed (termios(3)). */
static void plain(int fd)
{
    struct termios modes;
    if (tcgetattr(fd, &modes) < 0) die("a terminal's modes");
    modes.c_oflag &= ~(tcflag_t)OPOST;
    if (!is(program->in, "terminal")) modes.c_lflag &= ~(tcflag_t)ECHO;
    if (tcsetattr(fd, TCSANOW, &modes) < 0) die("a terminal's modes");
}

static uint64_t inode(int fd)
{
    struct stat st;
    return fstat(fd, &st) == 0 ? st.st_ino : 0;
}

static void open_terminal(void)
{
    int master = posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC | O_NONBLOCK);
    struct winsize size = { .ws_row = 24, .ws_col = 80 };
    char name[128];
    if (master < 0 || grantpt(master) < 0 || unlockpt(master) < 0 || ptsname_r(master, name, sizeof name)) die("opening a terminal");
    if ((program->terminal = open(name, O_RDWR | O_NOCTTY | O_CLOEXEC)) < 0) die("opening a terminal");
    /* the tracer is the leader of its session, as a shell is; a program started later sits at another terminal */
    if (!terminals++ && ioctl(program->terminal, TIOCSCTTY, 0) < 0) die("taking a terminal");
    if (ioctl(program->terminal, TIOCSWINSZ, &size) < 0) die("taking a terminal");
    plain(program->terminal);
    /* what is printed to it counts as the descriptor's that leads there; 0: only what is typed comes back */
    int fd = is(config.out, "terminal") ? 1 : is(config.err, "terminal") ? 2 : 0;
    program->channels[TERMINAL] = (struct channel){ master, fd, inode(program->terminal) };
}

static int open_or_die(const char *path, int flags)
{
    int fd = open(path, flags | O_CLOEXEC | O_NOCTTY, 0644);
    if (fd < 0) die(path);
    return fd;
}

static void read_typed(void)
{
    if (!program->in_path) return;
    int fd = open_or_die(program->in_path, O_RDONLY);
    struct stat st;
    if (fstat(fd, &st) < 0 || !(program->typed = malloc((size_t)st.st_size + 1))) die("reading the standard input");
    while (program->typed_size < (size_t)st.st_size) {
        ssize_t n = read(fd, program->typed + program->typed_size, (size_t)st.st_size - program->typed_size);
        if (n <= 0) break;
        program->typed_size += (size_t)n;
    }
    close(fd);
}

static int open_input(void)
{
    int pair[2];
    if (is(program->in, "null")) return open_or_die("/dev/null", O_RDONLY);
    if (is(program->in, "file")) return open_or_die(program->in_path, O_RDONLY);
    read_typed();
    if (is(program->in, "terminal")) { program->typing = program->channels[TERMINAL].fd; return program->terminal; }
    if (pipe2(pair, O_CLOEXEC) < 0 || fcntl(pair[1], F_SETFL, O_NONBLOCK) < 0) die("a pipe");
    program->typing = pair[1];
    return pair[0];
}

static int open_output(const char *kind, const char *path, struct channel *channel, int fd)
{
    int pair[2];
    if (is(kind, "null")) return open_or_die("/dev/null", O_WRONLY);
    if (is(kind, "file")) return open_or_die(path, O_WRONLY | O_CREAT | O_TRUNC);
    if (is(kind, "terminal")) return program->terminal;
    if (pipe2(pair, O_CLOEXEC) < 0 || fcntl(pair[0], F_SETFL, O_NONBLOCK) < 0) die("a pipe");
    *channel = (struct channel){ pair[0], fd, inode(pair[1]) };
    return pair[1];
}

static void open_ends(void)
{
    if (is(program->in, "terminal") || is(config.out, "terminal") || is(config.err, "terminal")) open_terminal();
    ends[0] = open_input();
    ends[1] = open_output(config.out, program->out_path, &program->channels[PIPE_1], 1);
    ends[2] = is(config.err, "stdout") ? ends[1] : open_output(config.err, program->err_path, &program->channels[PIPE_2], 2);
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < i; k++) if (ends[i] == ends[k]) { program->shares[i] = program->shares[k]; break; }
}

/* Calls of the plan stop (SECCOMP_RET_TRACE), all others run at full speed. Every match has its own return, because a
 * jump reaches 255 instructions only. The kernel remembers for each number that it is always allowed (seccomp bitmap). */
static void install_filter(void)
{
    static struct sock_filter code[2 * CALLS + 32];
    unsigned short n = 0;
    const uint32_t trace = config.all_calls ? SECCOMP_RET_TRACE : SECCOMP_RET_ALLOW;
#define ADD(...) code[n++] = (struct sock_filter)__VA_ARGS__
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)));
    ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0));
    ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW));
    ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
    for (int nr = 0; nr < CALLS && !config.all_calls; nr++) {
        if (!traced[nr]) continue;
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, (uint32_t)nr, 0, 1));
        ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
    }
    /* not asked for, but needed: new executable mappings of files, children that would escape, and who may run where */
    struct { uint32_t nr, arg, bit; } also[] = { { SYS_mmap, 2, 4 }, { SYS_clone, 0, CLONE_UNTRACED }, { SYS_clone3, 0, 0 },
                                                 { SYS_sched_getaffinity, 0, 0 }, { SYS_sched_setaffinity, 0, 0 } };
    for (size_t i = 0; i < sizeof also / sizeof *also && !config.all_calls; i++) {
        if (traced[also[i].nr]) continue;
        ADD(BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, also[i].nr, 0, also[i].bit ? 3 : 1));
        if (also[i].bit) {
            ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, (uint32_t)offsetof(struct seccomp_data, args) + 8 * also[i].arg));
            ADD(BPF_JUMP(BPF_JMP | BPF_JSET | BPF_K, also[i].bit, 0, 1));
        }
        ADD(BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRACE));
        if (also[i].bit) {             /* the accumulator holds the argument now */
            ADD(BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)));
        }
    }
    ADD(BPF_STMT(BPF_RET | BPF_K, trace));
#undef ADD
    struct sock_fprog program = { n, code };
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0) _exit(126);
    /* without SPEC_ALLOW kernels before 5.16 slow the whole program down against speculation attacks (seccomp(2)) */
    if (syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_SPEC_ALLOW, &program) < 0 &&
        prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) < 0)
        _exit(126);
}

static struct rlimit files;            /* as the launcher had it */

static void child(int gate)
{
    char go;
    if (read(gate, &go, 1) != 1) _exit(126);
    for (int i = 0; i < 3; i++) if (dup2(ends[i], i) < 0) _exit(126);
    for (int i = 1; i < NSIG; i++) signal(i, SIG_DFL);
    sigset_t none;
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    struct rlimit core = { 0, 0 }, size = { (rlim_t)config.file_size, (rlim_t)config.file_size };
    setrlimit(RLIMIT_CORE, &core);
    /* 1024, as nearly everywhere: more only makes programs slow that close all there could be */
    files.rlim_cur = files.rlim_max < 1024 ? files.rlim_max : 1024;
    setrlimit(RLIMIT_NOFILE, &files);
    if (config.file_size) setrlimit(RLIMIT_FSIZE, &size);
    if (config.cwd && chdir(config.cwd) < 0) _exit(125);
    syscall(SYS_close_range, 3, ~0u, 0);
    wire_leave_powers();
    install_filter();
    execve(program->exe, program->argv, config.env);
    _exit(127);
}

/* How much of what is typed a reader could get at once, when it is all there: whole lines, without Ctrl-D (termios(3), VEOF). */
static int readable(void)
{
    int whole = 0, so_far = 0;
    for (size_t i = 0; i < program->typed_size; i++) {
        so_far += program->typed[i] != 4;
        if (program->typed[i] == '\n' || program->typed[i] == 4) whole = so_far;
    }
    return whole;
}

/* What there is to read is there when the program begins, not a little later: the same in every run. To a terminal a worker of
 * the kernel's carries it. Keys that send a signal are not pressed before there is somebody to get it (termios(3), ISIG). */
static void type_ahead(void)
{
    enum { CANON = 4096, TRIES = 50 };
    if (is(program->in, "pipe")) typing_feed(program);
    if (!is(program->in, "terminal") || program->typed_size >= CANON) return;
    for (const char *key = "\3\32\34"; *key; key++) if (memchr(program->typed, *key, program->typed_size)) return;
    typing_feed(program);
    for (int i = 0, there = 0; i < TRIES && ioctl(program->terminal, FIONREAD, &there) == 0 && there < readable(); i++) usleep(1000);
}

pid_t spawn(struct program *asked)
{
    int gate[2];
    program = asked;
    getrlimit(RLIMIT_NOFILE, &files);
    struct rlimit most = { files.rlim_max, files.rlim_max };
    setrlimit(RLIMIT_NOFILE, &most);   /* the tracer's own handles */
    open_ends();
    if (pipe2(gate, O_CLOEXEC) < 0) die("a pipe");
    pid_t pid = fork();
    if (pid < 0) die("fork");
    if (pid == 0) { close(gate[1]); child(gate[0]); }
    long options = PTRACE_O_TRACESYSGOOD | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC |
        PTRACE_O_TRACESECCOMP | PTRACE_O_EXITKILL;
    if (ptrace(PTRACE_SEIZE, pid, 0, options) < 0) { int why = errno; kill(pid, SIGKILL); errno = why; die("ptrace"); }
    type_ahead();
    setpgid(pid, pid);
    if (program->terminal >= 0) tcsetpgrp(program->terminal, pid);      /* ENOTTY: not the session's */
    if (write(gate[1], "g", 1) != 1) die("starting the program");
    close(gate[0]);
    close(gate[1]);
    for (int i = 0; i < 3; i++) if (ends[i] >= 0 && ends[i] != program->terminal) { close(ends[i]); for (int k = i + 1; k < 3; k++) if (ends[k] == ends[i]) ends[k] = -1; }
    return pid;
}

/* Runs one program an instruction at a time (PTRACE_SINGLESTEP, ptrace(2)) and counts, from one system call to the next,
 * how many instructions it executed in user mode, by the file whose code they are (proc(5), /proc/PID/maps).
 *
 * counter REPORT SECONDS INSTRUCTIONS FILE_SIZE MEMORY FOLDER EXECUTABLE ARGV...
 * To descriptor REPORT it writes lines: "in COUNT PATH" for each file, then "call NR RESULT", or "call NR" when it did not
 * come back; at the end "others N" processes and threads that ran along uncounted, and one of "exit STATUS", "signal N",
 * "limit NAME", "failed ERRNO WHAT". The execve(2) that makes the program is not counted: nothing of it has run by then.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/uio.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { FILES = 64, RANGES = 256, PAGE = 4096, SLOTS = 256, CODE = 16 };

static struct { char path[512]; uint64_t count; } files[FILES];
static struct { uint64_t from, to; int file; } ranges[RANGES];
static struct { uint64_t page; uint8_t bytes[PAGE + CODE]; } cache[SLOTS]; /* the program's code, until it may have changed */
static int known, mapped;
static FILE *report;
static pid_t program;
static long others;

static void failed(const char *what)
{
    fprintf(report, "failed %d %s\n", errno, what);
    fclose(report);
    if (program > 0) kill(program, SIGKILL);
    exit(1);
}

static double now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec / 1e9;
}

/* The last place counts whatever there is no room for. */
static int file_number(const char *path)
{
    for (int i = 0; i < known; i++) if (strcmp(files[i].path, path) == 0) return i;
    if (known == FILES) return FILES - 1;
    snprintf(files[known].path, sizeof files[known].path, "%s", path);
    return known++;
}

/* Which code is where may have changed with every system call. */
static void look_again(void)
{
    char name[64], line[1024];
    snprintf(name, sizeof name, "/proc/%d/maps", (int)program);
    FILE *maps = fopen(name, "re");
    if (!maps) failed("reading the program's memory map");
    for (mapped = 0; mapped < RANGES && fgets(line, sizeof line, maps);) {
        uint64_t from, to;
        char rights[8];
        int at = 0;
        line[strcspn(line, "\n")] = 0;
        if (sscanf(line, "%" SCNx64 "-%" SCNx64 " %7s %*s %*s %*s %n", &from, &to, rights, &at) < 3 || rights[2] != 'x') continue;
        ranges[mapped].from = from;
        ranges[mapped].to = to;
        ranges[mapped++].file = file_number(at ? line + at : "");
    }
    fclose(maps);
    for (int i = 0; i < SLOTS; i++) cache[i].page = 1; /* no page begins there */
}

static void count(uint64_t at)
{
    static int last;
    if (last >= mapped || at < ranges[last].from || at >= ranges[last].to)
        for (last = 0; last < mapped && (at < ranges[last].from || at >= ranges[last].to);) last++;
    files[last < mapped ? ranges[last].file : file_number("")].count++;
}

/* The bytes of the instruction at `at`, up to the end of the next page's beginning; NULL if they cannot be read. */
static const uint8_t *code(uint64_t at)
{
    uint64_t page = at / PAGE * PAGE;
    size_t slot = page / PAGE % SLOTS;
    if (cache[slot].page != page) {
        struct iovec own[2] = { { cache[slot].bytes, PAGE }, { cache[slot].bytes + PAGE, CODE } };
        struct iovec theirs[2] = { { (void *)page, PAGE }, { (void *)(page + PAGE), CODE } };
        memset(cache[slot].bytes, 0, sizeof cache[slot].bytes);
        if (process_vm_readv(program, own, 2, theirs, 2, 0) < PAGE) return NULL;
        cache[slot].page = page;
    }
    return cache[slot].bytes + (at - page);
}

static uint64_t peek(size_t offset)
{
    errno = 0;
    return (uint64_t)ptrace(PTRACE_PEEKUSER, program, offset, NULL);
}

#define REGISTER(name) peek(offsetof(struct user_regs_struct, name))

static void tell_stretch(void)
{
    for (int i = 0; i < known; i++) {
        if (files[i].count) fprintf(report, "in %" PRIu64 " %s\n", files[i].count, files[i].path);
        files[i].count = 0;
    }
}

static void limit(int resource, const char *value)
{
    struct rlimit own = { (rlim_t)atoll(value), (rlim_t)atoll(value) };
    setrlimit(resource, &own);
}

static void become(char **argv)
{
    struct rlimit none = { 0, 0 };
    setrlimit(RLIMIT_CORE, &none);
    limit(RLIMIT_FSIZE, argv[4]);
    limit(RLIMIT_AS, argv[5]);
    if (chdir(argv[6]) < 0 || ptrace(PTRACE_TRACEME, 0, NULL, NULL) < 0) _exit(126);
    execve(argv[7], argv + 8, environ);
    _exit(127);
}

/* Another process or thread runs on, with the signals that are for it; it ends at the latest with this program. */
static void let_go(pid_t other, int status)
{
    int signal = WIFSTOPPED(status) ? WSTOPSIG(status) : 0;
    if (WIFSTOPPED(status)) ptrace(PTRACE_CONT, other, NULL, (long)(signal == SIGSTOP || signal == SIGTRAP ? 0 : signal));
}

/* Waits for the program's next stop; what becomes of others meanwhile is nobody's concern. */
static int next_stop(double until)
{
    int status;
    for (;;) {
        pid_t who = waitpid(-1, &status, __WALL);
        if (who == program) return status;
        if (who < 0 && errno == EINTR && now() > until) return -1;
        if (who < 0 && errno != EINTR) failed("waiting for the program");
        if (who > 0) let_go(who, status);
    }
}

/* A step that set up a signal's handler stops before the handler's first instruction: none was executed (ptrace(2)). */
static int begins_handler(void)
{
    siginfo_t info;
    return ptrace(PTRACE_GETSIGINFO, program, NULL, &info) == 0 && info.si_signo == SIGTRAP && info.si_code == SIGTRAP;
}

/* The two take turns; on one processor each turn comes sooner. The program inherits it, and may be told if it asks. */
static void stay_here(void)
{
    int here = sched_getcpu();
    cpu_set_t one;
    CPU_ZERO(&one);
    if (here >= 0) CPU_SET((size_t)here, &one);
    if (here >= 0) sched_setaffinity(0, sizeof one, &one); /* refused: it only takes longer */
}

static void woken(int signal) { (void)signal; }

int main(int argc, char **argv)
{
    if (argc < 9 || !(report = fdopen(atoi(argv[1]), "w"))) return 2;
    fcntl(atoi(argv[1]), F_SETFD, FD_CLOEXEC);
    double until = now() + atof(argv[2]);
    uint64_t most = strtoull(argv[3], NULL, 10), done = 0, before = 0;
    int status;
    struct sigaction alarm_action = { .sa_handler = woken };
    sigaction(SIGALRM, &alarm_action, NULL);
    stay_here();
    if ((program = fork()) < 0) failed("fork");
    if (program == 0) become(argv);
    if (waitpid(program, &status, 0) < 0) failed("starting the program");
    if (WIFEXITED(status)) {
        errno = WEXITSTATUS(status) == 126 ? EPERM : ENOEXEC;
        failed(WEXITSTATUS(status) == 126 ? "ptrace" : "execve");
    }
    if (ptrace(PTRACE_SETOPTIONS, program, NULL, (long)(PTRACE_O_EXITKILL | PTRACE_O_TRACEFORK | PTRACE_O_TRACEVFORK |
                                                        PTRACE_O_TRACECLONE | PTRACE_O_TRACEEXEC)) < 0)
        failed("ptrace");
    look_again();
    /* a program that sleeps does not stop: the timer ends the waiting */
    double seconds = atof(argv[2]);
    struct itimerspec spans = { { 0, 50000000 }, { (time_t)seconds, (long)((seconds - (double)(time_t)seconds) * 1e9) + 1 } };
    struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM };
    timer_t timer;
    if (timer_create(CLOCK_MONOTONIC, &event, &timer) < 0 || timer_settime(timer, 0, &spans, NULL) < 0) failed("a timer");
    for (int signal = 0;;) {
        uint64_t at = REGISTER(rip);
        const uint8_t *bytes = code(at);
        int crosses = bytes && bytes[0] == 0x0f && bytes[1] == 0x05; /* syscall */
        /* rep, repne: each round of the one instruction stops again */
        int again = at == before && bytes && (bytes[0] == 0xf3 || bytes[0] == 0xf2);
        long number = crosses ? (long)REGISTER(rax) : -1;
        if (done >= most || ((done & 1023) == 0 && now() > until)) {
            tell_stretch();
            fprintf(report, "limit %s\n", done >= most ? "instructions" : "seconds");
            break;
        }
        if (ptrace(PTRACE_SINGLESTEP, program, NULL, (long)signal) < 0 && errno != ESRCH) failed("a single step");
        status = next_stop(until);
        while (status >= 0 && WIFSTOPPED(status) && status >> 16) { /* fork, clone, exec: still inside that call */
            if (status >> 16 != PTRACE_EVENT_EXEC) others++;
            if (ptrace(PTRACE_SINGLESTEP, program, NULL, NULL) < 0 && errno != ESRCH) failed("a single step");
            status = next_stop(until);
        }
        int stopped = status >= 0 && WIFSTOPPED(status), killed = status >= 0 && WIFSIGNALED(status);
        if (!(signal && (killed || (stopped && begins_handler())))) {
            if (!again) { count(at); done++; }
            if (crosses) {
                tell_stretch();
                fprintf(report, "call %ld", number);
                if (stopped) { fprintf(report, " %" PRId64, (int64_t)REGISTER(rax)); look_again(); }
                fprintf(report, "\n");
            }
        }
        before = at;
        signal = stopped && WSTOPSIG(status) != SIGTRAP ? WSTOPSIG(status) : 0;
        if (stopped) continue;
        tell_stretch();
        if (status < 0) fprintf(report, "limit seconds\n");
        else if (killed) fprintf(report, "signal %d\n", WTERMSIG(status));
        else fprintf(report, "exit %d\n", WEXITSTATUS(status));
        break;
    }
    if (kill(program, SIGKILL) == 0) waitpid(program, &status, __WALL);
    fprintf(report, "others %ld\n", others);
    return fclose(report) == 0 ? 0 : 1;
}

/* The tracer: copies what a traced program did with I/O into a binary log, raw, at every stop; it decides and explains nothing.
 *
 * One file, one job:  main (start, end) · config (what the launcher asks) · spawn (the program's world before execve) · loop
 * (waiting, dispatch of stops) · task (processes, threads and what they share) · pages (files in the page cache) · names (of
 * open files) · calls (system-call stops) · plan (which argument
 * memory to copy) · memory (copying it) · stack (registers and stack) · stdio + elf (FILE structs) · fds + sockets + diag
 * (descriptors) · turns (one thread at a time) · together (several programs) · lines (breakpoints) · inject (faults) · blocked · verify ·
 * processor (who runs where) ·
 * output (what the program prints) · wire (what passes on loopback) · log (the file).
 * The log's layout is read by ../rawlog.py.
 */
#ifndef TRACER_H
#define TRACER_H
#define _GNU_SOURCE
#include <sched.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>
#include <sys/user.h>

#define CALLS 1024        /* system-call numbers known to the plan: below this */
#define NREGS 27          /* words in struct user_regs_struct */
#define STREAMS 64        /* FILEs looked at in one process */
#define FILE_SIZE 0xd8    /* sizeof(struct _IO_FILE), glibc on LP64 */
#define WINDOW_LIMIT 8192 /* bytes kept of one stream's buffer */

/* ---- what the launcher asks (config.c) ---- */
struct watched_line { char *path; uint64_t *address; int count; };
struct fault { int nr; long nth; bool onwards; bool shorten; long value; long seen; };
struct config {
    char **env, *cwd, *scratch;       /* scratch: the launcher's folder for what descriptors 0 to 2 of the programs lead to */
    char *out, *err;                  /* "null" | "pipe" | "file" | "terminal" */
    double seconds;
    long processes, memory, output, file_size, events, log_bytes;
    long data_limit, stack_limit, credit;
    bool verify, all_calls, streams, no_kcmp, no_getfd, no_cachestat, in_turn;
    bool wire, no_netns, no_packets, no_room;
    struct watched_line *lines; int nlines;
    struct fault *faults; int nfaults;
};
extern struct config config;
void config_read(int fd);
void plan_line(const char *text);

/* ---- the programs, each with a world of its own (spawn.c, output.c, together.c) ---- */
struct channel { int fd, program_fd; uint64_t ino; };  /* what the tracer reads of a program's output; the other end's inode */
enum { TERMINAL, PIPE_1, PIPE_2, CHANNELS };    /* of channels: what comes by the terminal, by the pipes of 1 and 2 */
struct program {
    char *exe, **argv, *in, *in_path, *out_path, *err_path;    /* as the launcher asks */
    pid_t pid; bool ended; int status;              /* its first process; 0: not started yet */
    int port;                         /* that it was told; 0: none */
    struct channel channels[CHANNELS];
    int typing; unsigned char *typed; size_t typed_size, typed_at;   /* bytes for its standard input */
    int terminal;                     /* the slave side, kept open until the end */
    int shares[3];                    /* of descriptors 0, 1, 2: the lowest with the same open file description */
};
extern struct program *programs;
extern int nprograms;
struct task *program_start(struct program *program);
bool together_goes_on(void);          /* there are programs to come */
void together_look(uint64_t when, bool moved);
extern int together_starting;         /* the program that is being started, or was last */

/* ---- the log (log.c); numbers are those of rawlog.py ---- */
enum kind { START, ENTRY, EXIT, FORK, EXEC, DEATH, SIGNAL, STOP, LINE, BLOCKED, OUTPUT, END, PACKET };
enum tag { REGS = 1, STACK, CALL, RESULT, MEMORY, FILES, FILE_, FD, FD_BRIEF, FD_GONE, TABLE, MAPS, TEXT, FORKED, SIGINFO, NUMBER,
           PRINTED, VERIFIED, PAGES, PASSED };
enum { FLAG_LIFTED = 2, FLAG_INJECTED = 4, FLAG_FOREIGN = 16 };
enum part { PART_STR, PART_BUF, PART_RETBUF, PART_MEM, PART_IOV, PART_SOCKADDR, PART_SOCKADDRP, PART_MSGHDR, PART_MMSGHDR, PART_STRV,
            PART_ARR, PART_RETARR, PART_DATA, PART_NAME, PART_CONTROL, PART_MORE };
void log_open(int fd);
void log_begin(enum kind kind, pid_t tid);
void log_flag(int flag);
void *log_section(enum tag tag, int arg, size_t size);
void log_bytes(enum tag tag, int arg, const void *data, size_t size);
void log_text(const char *key, const char *text);
void log_number(const char *format, ...);
void log_end(void);
void log_abandon(void);
void log_flush(void);
uint64_t now(void);                   /* ns since the start of the recording */

/* ---- processes, threads and what they share (task.c) ---- */
struct stream { uint64_t address; unsigned char head[FILE_SIZE]; unsigned char *pending, *ahead; uint32_t npending, nahead; bool dirty; };
struct breakpoint { uint64_t at, link; unsigned char original; };
struct space {                        /* an address space: shared by threads and by vfork's child until it execs */
    int refs, mem;                    /* mem: /proc/TID/mem, -1 until needed */
    bool maps_dirty, streams_whole;   /* streams_whole: the next snapshot is logged whole */
    uint64_t stream_list; bool stream_searched;
    pid_t stream_pid;                 /* the process the last snapshot was logged for */
    int nstreams; struct stream stream[STREAMS];
    int nbreakpoints; struct breakpoint *breakpoints; bool lifted; long credit;
    uint64_t start; unsigned char start_byte; bool started;  /* fault injection counts from the program's entry point on */
};
struct table;                         /* a table of descriptors (fds.c) */
struct task {
    pid_t tid, pid;
    struct task *next;
    struct program *program;          /* which it belongs to, it or a parent of its */
    struct space *space; struct table *table;
    bool known, in_call, silent, group_stopped, sampled, injected, execed;
    int postponed; bool lends; uint64_t last_turn, born;  /* turns.c: the wait status of a stop that waits for its turn */
    int early;                        /* a stop seen before the fork that made this thread was: its wait status */
    long nr; uint64_t args[6]; uint64_t entered, next_sample;
    struct fault *fault; uint64_t replaced;  /* the length register before it was shortened */
    uint64_t over;                    /* address of the breakpoint being stepped over */
    struct { uint64_t at, sp; } again[4]; int nagain;  /* lines that a signal came before: logged, but not run yet */
    int told;                         /* together.c: the last signal sent to end it */
    bool held; cpu_set_t processors;  /* held: kept on the tracer's processor; processors: where it may run else */
    long stops;                       /* since the last look at who stops often (processor.c) */
    uint64_t regs[NREGS];             /* as last logged */
    uint64_t sp; unsigned char *stack; uint32_t nstack;
};
extern int live_tasks;
struct task *task_find(pid_t tid);
struct task *task_add(pid_t tid, pid_t pid);
void task_forget(struct task *task);
void task_rename(struct task *task, pid_t tid);
void task_inherit(struct task *child, struct task *parent, uint64_t clone_flags);
void task_each(void (*visit)(struct task *, void *), void *with);
struct space *space_new(void);
void space_drop(struct space *space);
int space_mem(struct task *task);

/* ---- memory of the program (memory.c) ---- */
struct piece { uint64_t address; void *to; size_t want, got; };
void gather(struct task *task, struct piece *pieces, int count);
size_t peek(struct task *task, uint64_t address, void *to, size_t size);

/* ---- what is captured at a stop ---- */
enum { PIECES = 200 };
struct capture { struct piece piece[PIECES]; int count; };
struct piece *capture_add(struct capture *capture, uint64_t address, void *to, size_t size);
void machine_log(struct task *task, const struct user_regs_struct *regs);   /* after the gather: stack, mappings, streams */
void stack_prepare(struct task *task, struct capture *capture, const struct user_regs_struct *regs);
void stack_log(struct task *task, const struct user_regs_struct *regs);
void streams_prepare(struct task *task, struct capture *capture);
void streams_log(struct task *task);
void streams_touched(struct task *task, int fd);
void streams_forget(struct space *space);
void streams_copy(struct space *to, const struct space *from);
void maps_log(struct task *task);
struct operation { char kind, when; unsigned char arg; long param; struct operation *next; };
extern struct operation *plan[CALLS];
extern bool traced[CALLS];
void plan_prepare(struct task *task, struct capture *capture, char when, long rval);
void plan_log(struct task *task);
bool plan_touches_descriptor(struct task *task, int *fd);
void plan_effects(struct task *task, long rval);
uint64_t elf_symbol(const char *path, const char *name, bool dynamic, uint64_t *first_load, bool *interpreted);

/* ---- descriptors (fds.c, sockets.c, diag.c) ---- */
enum { HAVE_FLAGS = 1, HAVE_CLOEXEC = 2, CLOEXEC = 4, HAVE_POS = 8, HAVE_SIZE = 16, HAVE_STAT = 32, HAVE_QUEUE = 64, HAVE_OUTQUEUE = 128,
       HAVE_SOCKET = 256, HAVE_TCP_STATE = 512, HAVE_LISTEN = 1024, HAVE_PEER_INO = 2048, HAVE_SHARES = 4096, HAVE_CAPACITY = 8192 };
struct facts {                        /* laid out as rawlog.py's _FD */
    uint32_t table; int32_t fd, pid; uint32_t have, flags, mode; int64_t pos, size; uint64_t dev, rdev, ino;
    int64_t queue, outqueue, capacity; int32_t domain, type, protocol, tcp_state, accept_queue, backlog; uint64_t peer_ino;
    int32_t shares; uint16_t link_size, local_size, peer_size, tcp_size, info_size, pad;
};
struct socket;
struct descriptor {
    struct table *table; int fd;
    bool logged; uint32_t flags_read; /* which state of all flags its own were read in (fd_flags_changed) */
    int info, path;                   /* kept open: /proc/TID/fdinfo/FD, and the file itself by O_PATH (-1: not) */
    char *link; struct facts facts;   /* as last logged */
    char *text; struct { unsigned char tcp[256], local[128], peer[128]; } *ends;   /* as last logged; only where there are some */
    struct socket *socket; struct descriptor *same_socket;
    struct descriptor *newer, *older; /* those with open handles, by last use */
};
struct table { int refs; uint32_t id; pid_t tid; int pidfd; pid_t pidfd_of; int size; struct descriptor **slot; };
extern bool may_kcmp, may_getfd;
struct table *table_new(pid_t tid);
struct table *table_copy(struct table *from, pid_t tid);
void table_drop(struct task *task, struct table *table);
void table_scan(struct task *task);   /* forget, read all again, log between TABLE brackets */
void fd_flags_changed(void);          /* some open file's status flags changed: others may share it */
void table_unshare(struct task *task);
struct descriptor *fd_find(struct table *table, int fd);
void fd_opened(struct task *task, int fd);
void fd_refresh(struct task *task, int fd, bool whole);
void fd_look(struct task *task, struct descriptor *descriptor, bool whole);  /* no look at related sockets */
void fd_log(struct task *task, struct descriptor *descriptor, struct facts *facts, const char *link, const unsigned char *local,
            const unsigned char *peer, const unsigned char *tcp, const char *info);
int fd_copy(struct task *task, struct table *table, int fd);    /* a duplicate in the tracer, to be closed at once; -1 */
struct task *table_task(struct table *table, struct task *first);
void descriptors_each(void (*visit)(struct task *, struct descriptor *, void *), void *with);   /* of all processes */
void socket_facts(struct task *task, struct descriptor *descriptor, struct facts *facts, bool whole);
void socket_attach(struct descriptor *descriptor, uint64_t ino);
void socket_detach(struct task *task, struct descriptor *descriptor, bool refresh_peer);
void socket_related(struct task *task, struct descriptor *descriptor);
int socket_port(void);                /* where others can connect: the TCP port of the latest listening socket; -1 */
const unsigned char *socket_local(struct descriptor *descriptor, uint16_t *size);
const unsigned char *socket_peer(struct descriptor *descriptor, uint16_t *size);
struct diagnosis { int state; long queue, outqueue; uint64_t peer_ino; bool have_peer; unsigned char local[112], remote[28]; int size, type; };
bool diag_unix(uint64_t ino, struct diagnosis *found);
bool diag_inet(int domain, int protocol, uint64_t ino, const unsigned char *local, const unsigned char *peer, struct diagnosis *found);

/* ---- the page cache (pages.c), names of open files (names.c) ---- */
extern bool may_cachestat;
bool pages_try(void);         /* may cachestat be asked at all? */
void pages_look(struct task *task, struct descriptor *descriptor, const struct facts *facts, bool whole);
void pages_everywhere(struct task *task);
void pages_heed(struct task *task);
void names_changed(struct task *task, uint64_t path);

/* ---- stops ---- */
bool turns_postpone(struct task *task, int status);
bool turns_waits(struct task *task, long *nr);    /* asleep, or stopped: in which call */
struct task *turns_next(int *status);
long turns_waiting(uint64_t ino, long there);
void call_entry(struct task *task);
void call_exit(struct task *task);
void lines_plant(struct task *task, const char *exe);
void lines_copy(struct space *to, const struct space *from);
void lines_forget(struct space *space);
bool line_hit(struct task *task);     /* a SIGTRAP: was it ours? */
bool line_stepped(struct task *task, bool trap);
void lines_rearm(struct task *task);
void inject_entry(struct task *task);
void inject_exit(struct task *task, long *rval);
void blocked_sample(uint64_t when);
void blocked_now(struct task *task);
bool blocked_wanted(void);
void processor_begin(void);
void processor_inherit(struct task *child, struct task *parent);
void processor_look(void);            /* once in a while: who stops often, who does not */
void processor_chosen(void);          /* after each wait: the tracer may have been moved */
void processor_asked(struct task *task);  /* entry of a call: it may be about processors */
void exec_done(struct task *task, pid_t old_tid);
void verify_log(void);
int kcmp_files(pid_t one, pid_t two, int a, int b);

/* ---- the program's world ---- */
extern long printed;
pid_t spawn(struct program *program);
void output_drain(void);
void output_written(uint64_t ino);     /* the program did something with this pipe or terminal */
void output_now(void);                /* takes what that was */
/* where segments are seen: nowhere, in a network of the recording's own, on the machine's loopback; numbers known to ../wire.py */
enum wire { NOT_SEEN, OWN_NETWORK, MACHINE };
extern enum wire wire_seen;
extern bool wire_at_once;             /* no ACK waits for data to go with */
void wire_begin(void);
void wire_leave_powers(void);          /* in the program's process, before its execve */
void wire_drain(void);
void wire_port(int port);              /* of a socket of the recording */
void wire_connecting(struct task *task);
long wire_lost(void);                 /* packets that came faster than they were taken */
bool typing_wanted(struct program *program);
bool typing_wanted_by_any(void);
void typing_feed(struct program *program);
extern int terminals, control;        /* how many terminals there are */
void loop(void);
extern const char *ended_by;
void end_all(const char *why);
void die(const char *what) __attribute__((noreturn));  /* END record with what failed and errno */
#endif

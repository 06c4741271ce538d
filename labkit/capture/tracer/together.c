/* Several programs: when each begins, and how those are ended that would go on for ever.
 *
 * The next one begins when every thread so far is asleep in a call, or gone. When the last one has ended and all others only wait,
 * these get SIGTERM one by one, in order, as kill(1) sends it; what is still there after a while is killed.
 */
#include "tracer.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

enum { MS = 1000000, OFTEN = MS / 2,   /* ns between two looks */
       SETTLED = 3 * MS,               /* so long all have waited: nothing is on its way to any of them */
       PATIENCE = 1000 * MS };         /* what goes on for so long without a stop is not waited for */
static const uint64_t BUSY = 3ull * 1000 * MS,       /* so long for what goes on and on, before the next program begins */
       AT_LAST = 5ull * 1000 * MS;     /* and so long for what can go on by itself, when the last program has ended */
static const char PORT[] = "{port}";
int together_starting;
static int started;                    /* how many programs */
static uint64_t moved, at_rest, since; /* the last stop; since when all wait, 0: they do not; the last start, end or signal */

bool together_goes_on(void) { return started < nprograms; }

struct task *program_start(struct program *program)
{
    together_starting = (int)(program - programs);
    program->pid = spawn(program);
    started = together_starting + 1;
    since = now();
    struct task *task = task_add(program->pid, program->pid);
    task->known = true;
    task->program = program;
    task->space = space_new();
    task->table = table_new(program->pid);
    processor_inherit(task, NULL);
    return task;
}

/* ---- does anything move? ---- */
struct census { bool waits, sleeps; };

static void count(struct task *task, void *with)
{
    struct census *census = with;
    long nr = -1;
    if (!census->waits) return;
    census->waits = task->known && task->execed && !task->postponed && turns_waits(task, &nr);
    /* nobody has to wake it: it goes on by itself */
    if (nr == SYS_nanosleep || nr == SYS_clock_nanosleep) census->sleeps = true;
}

/* Told of in the log, however soon it will be woken: as often in every run. */
static void asleep(struct task *task, void *with) { (void)with; blocked_now(task); }

/* All threads wait, and have for long enough; what the tracer itself keeps them waiting for is seen to first. */
static bool rests(uint64_t when, bool sleepers_too)
{
    struct census census = { true, false };
    task_each(count, &census);
    if (!census.waits || (census.sleeps && !sleepers_too)) { at_rest = 0; return false; }
    if (!at_rest) {
        at_rest = when;
        output_drain();
        for (int i = 0; i < started; i++) typing_feed(&programs[i]);
    }
    if (when - at_rest < SETTLED) return false;
    task_each(asleep, NULL);
    return true;
}

/* ---- the next program ---- */
static bool wants_port(const struct program *program)
{
    for (char **word = program->argv; *word; word++) if (strstr(*word, PORT)) return true;
    return false;
}

static char *with_port(const char *word, int port)
{
    size_t size = strlen(word) * 2 + 8;
    char *whole = calloc(size, 1), *to = whole;
    if (!whole) die("memory for the arguments");
    for (const char *at; (at = strstr(word, PORT)); word = at + strlen(PORT))
        to += snprintf(to, size - (size_t)(to - whole), "%.*s%d", (int)(at - word), word, port);
    snprintf(to, size - (size_t)(to - whole), "%s", word);
    return whole;
}

static void begin_next(uint64_t when)
{
    uint64_t last = moved > since ? moved : since;
    bool stuck = when - last >= PATIENCE, all = !live_tasks || rests(when, true);
    /* who computes, or asks again and again, is not waited for longer; in turn only where turns pass it by, too */
    if (!all && !stuck && (config.in_turn || when - since < BUSY)) return;
    struct program *next = &programs[started];
    if (wants_port(next)) {
        int port = socket_port();
        bool hopeless = !live_tasks || (stuck && rests(when, false)) || when - since >= AT_LAST;
        if (port < 0 && !hopeless) return;     /* the server is on its way */
        if (port < 0) { together_starting = started; errno = 0; die("port"); }
        for (char **word = next->argv; *word; word++) if (strstr(*word, PORT)) *word = with_port(*word, port);
        next->port = port;
    }
    program_start(next);
    at_rest = 0;
}

/* ---- the end of those that only wait ---- */
struct choice { int signal; struct task *next; };

static void choose(struct task *task, void *with)
{
    struct choice *choice = with;
    struct task *best = choice->next;
    if (!task->known || task->told == choice->signal || task->told == SIGKILL) return;
    if (!best || task->program < best->program || (task->program == best->program && task->born < best->born)) choice->next = task;
}

static void note(struct task *task, void *with)
{
    struct task *told = with;
    if (task->pid == told->pid && task != told) task->told = told->told;
}

static bool tell(int signal)
{
    struct choice choice = { signal, NULL };
    task_each(choose, &choice);
    if (!choice.next) return false;
    choice.next->told = signal;
    task_each(note, choice.next);
    kill(choice.next->pid, signal);
    since = now();
    at_rest = 0;
    return true;
}

static void end_rest(uint64_t when)
{
    static bool told_once;
    uint64_t last = moved > since ? moved : since;
    bool patient = when - since < (told_once ? 2ull * PATIENCE : AT_LAST);
    if (!rests(when, told_once) && patient) return;
    if (tell(SIGTERM)) { told_once = true; return; }
    if (when - last >= PATIENCE || !patient) while (tell(SIGKILL)) { }
}

/* Once in a while: is it time for something? `moved_now`: a stop has just been handled. */
void together_look(uint64_t when, bool moved_now)
{
    static uint64_t looked;
    static bool last_ended;
    if (nprograms == 1) return;
    if (moved_now) { moved = when; at_rest = 0; }
    if (!last_ended && programs[nprograms - 1].ended) { last_ended = true; since = when; }
    if (live_tasks && when - looked < OFTEN) return;
    looked = when;
    if (together_goes_on()) begin_next(when);
    else if (last_ended) end_rest(when);
}

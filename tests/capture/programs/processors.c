/* Where it may run, as asked for between many calls that stop: in a process, its child, a thread, and one that chooses. */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int one_seen;

static int allowed_by_proc(void)
{
    char line[8192];
    int first = 0, last = -1;
    FILE *file = fopen("/proc/thread-self/status", "r");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "Cpus_allowed_list: %d-%d", &first, &last) == 1)
            last = strchr(line, ',') ? -1 : first;
    if (file)
        fclose(file);
    return last < 0 ? -1 : last - first + 1;
}

static void tell(const char *who)
{
    for (int round = 0; round < 8; round++) {
        cpu_set_t set;
        for (int i = 0; i < 400; i++)
            if (write(2, "", 0) < 0)
                exit(1);
        one_seen |= allowed_by_proc() == 1;
        if (sched_getaffinity(0, sizeof set, &set) < 0)
            exit(2);
        char text[64];
        int size = snprintf(text, sizeof text, "%s %d\n", who, CPU_COUNT(&set));
        if (write(1, text, size) != size)
            exit(3);
    }
}

static void *thread(void *unused)
{
    tell("thread");
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t id;
    cpu_set_t set;
    tell("process");
    if (fork() == 0) {
        tell("child");
        return 0;
    }
    wait(NULL);
    pthread_create(&id, NULL, thread, NULL);
    pthread_join(id, NULL);
    int some = one_seen;
    CPU_ZERO(&set);
    CPU_SET(sched_getcpu(), &set);
    if (sched_setaffinity(0, sizeof set, &set) < 0)
        return 4;
    tell("chooser");
    return argc > 1 && strcmp(argv[1], "kept") == 0 && !some;
}

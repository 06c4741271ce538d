/* What a read leaves behind: an event for whoever watches the file, and two counters of the process. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <unistd.h>

/* The counters as they were before this look at them; how many bytes the look itself read, in one read. */
static ssize_t look(long *bytes, long *calls)
{
    char text[512];
    long written;
    int io = open("/proc/self/io", O_RDONLY);
    ssize_t got = io < 0 ? -1 : read(io, text, sizeof text - 1);
    if (got < 0 || close(io) < 0)
        return -1;
    text[got] = '\0';
    return sscanf(text, "rchar: %ld wchar: %ld syscr: %ld", bytes, &written, calls) == 3 ? got : -1;
}

int main(void)
{
    long bytes[2], calls[2];
    char data[100];
    struct inotify_event event;
    int watch = inotify_init1(IN_NONBLOCK), fd = open("letters", O_RDONLY);
    if (watch < 0 || fd < 0 || inotify_add_watch(watch, "letters", IN_ACCESS) < 0) {
        perror("letters");
        return 1;
    }
    ssize_t own = look(&bytes[0], &calls[0]), got = read(fd, data, sizeof data);
    if (own < 0 || got < 0 || look(&bytes[1], &calls[1]) < 0)
        return 1;
    if (read(watch, &event, sizeof event) != sizeof event)
        return 1;
    printf("read returned %zd; rchar +%ld, syscr +%ld; inotify: %s\n", got, bytes[1] - bytes[0] - own,
           calls[1] - calls[0] - 1, event.mask & IN_ACCESS ? "IN_ACCESS" : "something else");
    return close(fd) < 0 || close(watch) < 0;
}

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/inotify.h>
#include <unistd.h>

int main(void)
{
    char events[512];
    int watch = inotify_init1(IN_CLOEXEC);
    inotify_add_watch(watch, ".", IN_CREATE | IN_DELETE);
    close(open("made", O_CREAT | O_WRONLY, 0644));
    unlink("made");
    return read(watch, events, sizeof events) <= 0;
}

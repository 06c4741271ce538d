/* Would notice a tracer that opens its files: by inotify(7), and by the time of last access (inode(7)). */
#include <fcntl.h>
#include <stdio.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

int main(void)
{
    struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
    struct stat before, after;
    int fd = open("data", O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (write(fd, "some bytes", 10) != 10 || futimens(fd, times) < 0 || fstat(fd, &before) < 0)
        return 1;
    lseek(fd, 0, SEEK_SET);
    if (fsync(fd) < 0 || fstat(fd, &after) < 0)
        return 2;
    printf("access %ld %ld\n", before.st_atim.tv_sec, after.st_atim.tv_sec);
    int watch = inotify_init1(IN_NONBLOCK);
    if (inotify_add_watch(watch, ".", IN_ALL_EVENTS) < 0)
        return 3;
    char events[4096];
    if (write(fd, "more", 4) != 4 || lseek(fd, 0, SEEK_SET) < 0 || close(fd) < 0)
        return 4;
    ssize_t n = read(watch, events, sizeof events);
    for (char *at = events; at < events + n; at += sizeof(struct inotify_event) + ((struct inotify_event *)at)->len)
        printf("event %x\n", ((struct inotify_event *)at)->mask);
    return 0;
}

#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static int fd;

static void *worker(void *argument)
{
    char c;
    (void)argument;
    read(fd, &c, 1);
    close(fd);
    fd = open("/dev/null", O_WRONLY);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    fd = open("/etc/passwd", O_RDONLY);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    write(fd, "shared", 6);
    return close(fd);
}

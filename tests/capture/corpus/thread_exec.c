#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static void *worker(void *argument)
{
    (void)argument;
    execl("/bin/echo", "echo", "from a thread", NULL);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    open("/etc/passwd", O_RDONLY);
    open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_join(thread, NULL);
    return 1;
}

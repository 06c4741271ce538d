#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <unistd.h>

static pthread_mutex_t created = PTHREAD_MUTEX_INITIALIZER;

static void *worker(void *argument)
{
    (void)argument;
    pthread_mutex_lock(&created);
    execl("/bin/echo", "echo", "from a thread", NULL);
    return NULL;
}

int main(void)
{
    pthread_t thread;
    open("/etc/passwd", O_RDONLY);
    open("/etc/passwd", O_RDONLY | O_CLOEXEC);
    pthread_mutex_lock(&created);
    pthread_create(&thread, NULL, worker, NULL);
    pthread_mutex_unlock(&created);
    pthread_join(thread, NULL);
    return 1;
}

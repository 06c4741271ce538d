/* Ends in the way its argument says, with bytes left in a stream; each way is on a line of its own. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void *leave(void *unused)
{
    exit(7);
    return unused;
}

static void handler(void)
{
    printf("handler");
    if (fflush(stdout) == EOF)
        _exit(9);
}

int main(int argc, char **argv)
{
    const char *how = argc > 1 ? argv[1] : "return";
    printf("left over");
    if (!strcmp(how, "exit"))
        exit(3);
    if (!strcmp(how, "_exit"))
        _exit(4);
    if (!strcmp(how, "handler"))
        atexit(handler);
    if (!strcmp(how, "thread")) {
        pthread_t thread;
        pthread_create(&thread, NULL, leave, NULL);
        pthread_join(thread, NULL);
    }
    if (!strcmp(how, "close"))
        fclose(stdout);
    return 0;
}

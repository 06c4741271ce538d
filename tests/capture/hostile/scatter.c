/* A fork storm whose processes each leave for a session of their own; it blows over by itself after four seconds. */
#include <time.h>
#include <unistd.h>

int main(void)
{
    time_t until = time(NULL) + 4;

    while (time(NULL) < until)
        if (fork() == 0)
            setsid();
    return 0;
}

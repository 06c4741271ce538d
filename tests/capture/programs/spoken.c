/* Writes ten pieces with pauses, and says after each on stderr when (CLOCK_MONOTONIC, us) write returned. */
#include <stdio.h>
#include <time.h>
#include <unistd.h>

int main(void)
{
    for (int i = 0; i < 10; i++) {
        struct timespec now, pause = {0, 20000000};
        char piece[16];
        int length = snprintf(piece, sizeof piece, "piece %d\n", i);
        if (write(1, piece, length) != length)
            return 1;
        clock_gettime(CLOCK_MONOTONIC, &now);
        fprintf(stderr, "%lld\n", now.tv_sec * 1000000LL + now.tv_nsec / 1000);
        nanosleep(&pause, NULL);
    }
    return 0;
}

#define _GNU_SOURCE
#include <time.h>
#include <unistd.h>

int main(void)
{
    struct timespec short_while = {0, 2000000};
    nanosleep(&short_while, NULL);
    clock_nanosleep(CLOCK_MONOTONIC, 0, &short_while, NULL);
    return 0;
}

/* Opens a file for each line it wants to log, and never closes it. How long does that go well? */
#include <fcntl.h>
#include <stdio.h>
#include <sys/resource.h>
#include <unistd.h>

int main(void)
{
    struct rlimit few = { .rlim_cur = 8, .rlim_max = 8 }; // usually 1,024
    if (setrlimit(RLIMIT_NOFILE, &few) < 0)
        return 1;
    for (int line = 1; line <= 1000; line++) {
        int log = open("log", O_WRONLY | O_APPEND);       // step: open
        if (log < 0)
            return perror("log"), 1;
        if (write(log, "a line\n", 7) != 7)               // step: write
            return 1;
    }
    return 0;
}

/* As reader_gone, but the signal is ignored. What does write say now? */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    if (signal(SIGPIPE, SIG_IGN) == SIG_ERR) // step: ignore the signal
        return 1;
    if (pipe(ends) < 0)
        return 1;
    if (close(ends[0]) < 0)                  // step: nobody reads
        return 1;
    if (write(ends[1], "hello", 5) < 0) {    // step: write
        perror("write");
        return 1;
    }
    return close(ends[1]) < 0;
}

/* The fault: a copy that takes a count from write for "all of it". Stdin goes to stdout, if nothing comes short. */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char buffer[64];
    ssize_t got;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) { // step: read
        if (write(STDOUT_FILENO, buffer, got) < 0) {                // step: write
            perror("write");
            return 1;
        }
    }
    if (got < 0) {
        perror("read");
        return 1;
    }
    return 0;
}

/* The fault: copies stdin to stdout, and takes any count from write for "all of it". */
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

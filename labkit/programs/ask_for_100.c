/* Asks standard input for 100 bytes, again and again. How many come each time? */
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    char buffer[100];
    ssize_t got;
    while ((got = read(STDIN_FILENO, buffer, sizeof buffer)) > 0)   // step: read
        ;
    if (got < 0) {
        perror("read");
        return 1;
    }
    return 0;
}

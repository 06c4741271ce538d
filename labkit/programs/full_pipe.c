/* Writes 100,000 bytes to a pipe that nobody reads, and will not wait. How many go in? */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static char data[100000];

int main(void)
{
    int ends[2];
    if (pipe2(ends, O_NONBLOCK) < 0) {                              // step: pipe
        perror("pipe2");
        return 1;
    }
    ssize_t put = write(ends[1], data, sizeof data);                // step: write
    if (put < 0) {
        perror("write");
        return 1;
    }
    return put == sizeof data;
}

/* A client: it makes a FIFO for the response, sends the FIFO's name to the server, and waits. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    char answer[32];
    if (argc != 2 || strlen(argv[1]) != 3)
        return 2;
    const char *name = argv[1];
    int to = open("requests", O_WRONLY);              // step: find the server
    if (to < 0 || mkfifo(name, 0600) < 0)             // step: a name for the response
        return 1;
    int from = open(name, O_RDWR);                    // fifo(7): with O_RDWR, Linux does not wait here
    if (from < 0)
        return 1;
    if (dprintf(to, "%s\n", name) != 4 || close(to) < 0) // step: ask
        return 1;
    ssize_t n = read(from, answer, sizeof answer);    // step: wait for the response
    if (n <= 0 || write(STDOUT_FILENO, answer, n) != n)
        return 1;
    return close(from) < 0 || unlink(name) < 0;
}

/* Always on: whoever writes a name into "requests" gets a number, through the FIFO of that name. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int respond(const char *name, int number)
{
    int to = open(name, O_WRONLY);                 // step: open the response
    if (to < 0 || dprintf(to, "number %d\n", number) < 0) // step: respond
        return 1;
    return close(to) < 0;
}

int main(void)
{
    char name[4];
    ssize_t n;
    if (mkfifo("requests", 0600) < 0)              // step: a name that clients know
        return 1;
    int from = open("requests", O_RDWR);           // step: read requests, and keep a write end
    if (from < 0)
        return 1;
    for (int number = 1; (n = read(from, name, 4)) == 4; number++) { // step: wait for a request
        name[3] = '\0';                            // three letters and a newline
        usleep(100000);                            // 0.1 s of work
        if (respond(name, number))
            return 1;
    }
    return n != 0 || close(from) < 0;
}

/* Always on: whoever writes a name into "requests" gets a number, through the FIFO of that name. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int respond(const char *name, int number)
{
    int to = open(name, O_WRONLY);                   // step: open the response
    return to < 0 || dprintf(to, "number %d\n", number) < 0 || close(to) < 0; // step: respond
}

int main(void)
{
    char name[17] = "";
    ssize_t n;
    if (mkfifo("requests", 0600) < 0)                // step: a name for all
        return 1;
    int from = open("requests", O_RDONLY);           // step: wait for the first client
    int own = open("requests", O_WRONLY);            // step: a write end of our own
    if (from < 0 || own < 0)
        return 1;
    for (int number = 1; (n = read(from, name, 16)) == 16; number++) { // step: wait for a request
        usleep(50000);                               // 0.05 s of work
        if (respond(name, number))
            return 1;
    }
    return n != 0 || close(from) < 0 || close(own) < 0;
}

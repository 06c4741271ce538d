/* The client sends SIZE bytes, then reads the response; the server returns each block as it comes. */
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BLOCK = 16384 };
static char bytes[1 << 18];

static int serve(int requests, int responses)
{
    ssize_t n;
    while ((n = read(requests, bytes, BLOCK)) > 0)
        if (write(responses, bytes, n) != n)                 // step: respond
            return 1;
    return n < 0;
}

static int ask(int requests, int responses, ssize_t size)
{
    ssize_t n;
    if (write(requests, bytes, size) != size || close(requests) < 0) // step: ask
        return 1;
    while ((n = read(responses, bytes, BLOCK)) > 0)          // step: read the response
        size -= n;
    return n < 0 || size != 0;
}

int main(int argc, char *argv[])
{
    int to[2], from[2], status, size = argc > 1 ? atoi(argv[1]) : 1000;
    if (size < 1 || size > (int)sizeof bytes || pipe(to) < 0 || pipe(from) < 0)
        return 1;
    pid_t server = fork();
    if (server < 0)
        return 1;
    if (server == 0)
        return close(to[1]) < 0 || close(from[0]) < 0 || serve(to[0], from[1]);
    if (close(to[0]) < 0 || close(from[1]) < 0 || ask(to[1], from[0], size))
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}

/* The server waits for a request, the client for a greeting. Who begins? */
#include <sys/wait.h>
#include <unistd.h>

static int serve(int requests, int responses)
{
    char word[16];
    if (read(requests, word, sizeof word) <= 0)      // step: wait for a request
        return 1;
    return write(responses, "HELLO\n", 6) != 6;
}

static int ask(int requests, int responses)
{
    char word[16];
    if (read(responses, word, sizeof word) <= 0)     // step: wait for a greeting
        return 1;
    return write(requests, "hello\n", 6) != 6;
}

int main(void)
{
    int to[2], from[2], status;
    if (pipe(to) < 0 || pipe(from) < 0)
        return 1;
    pid_t server = fork();
    if (server < 0)
        return 1;
    if (server == 0)
        return close(to[1]) < 0 || close(from[0]) < 0 || serve(to[0], from[1]);
    if (close(to[0]) < 0 || close(from[1]) < 0 || ask(to[1], from[0]))
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}

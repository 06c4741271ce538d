/* A request goes through one pipe, its response comes through another. */
#include <ctype.h>
#include <sys/wait.h>
#include <unistd.h>

static int serve(int requests, int responses)
{
    char word[16];
    ssize_t n;
    while ((n = read(requests, word, sizeof word)) > 0) { // step: wait for a request
        for (ssize_t i = 0; i < n; i++)
            word[i] = (char)toupper(word[i]);
        if (write(responses, word, n) != n)               // step: respond
            return 1;
    }
    return n < 0;
}

static int ask(int requests, int responses)
{
    char word[16];
    if (write(requests, "hello\n", 6) != 6)               // step: ask
        return 1;
    ssize_t n = read(responses, word, sizeof word);       // step: wait for the response
    return n <= 0 || write(STDOUT_FILENO, word, n) != n;
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
    if (close(to[1]) < 0)                                 // step: no more requests
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}

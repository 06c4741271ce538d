/* Request and response through the same pipe. Who reads the request? */
#include <sys/wait.h>
#include <unistd.h>

static int serve(int from, int to)
{
    char word[16];
    if (read(from, word, sizeof word) < 0)         // step: wait for a request
        return 1;
    return write(to, "HELLO\n", 6) != 6;           // step: respond
}

int main(void)
{
    int ends[2], status;
    char word[16];
    if (pipe(ends) < 0)
        return 1;
    pid_t server = fork();
    if (server < 0)
        return 1;
    if (server == 0)
        return serve(ends[0], ends[1]);
    if (write(ends[1], "hello\n", 6) != 6)         // step: ask
        return 1;
    ssize_t n = read(ends[0], word, sizeof word);  // step: wait for the response
    if (n <= 0 || write(STDOUT_FILENO, word, n) != n)
        return 1;
    return waitpid(server, &status, 0) < 0 || status != 0;
}

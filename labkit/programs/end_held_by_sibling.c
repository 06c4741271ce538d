/* Two children, a pipe to each. The first pipe is closed, and its reader still waits. For whom? */
#include <sys/wait.h>
#include <unistd.h>

static int reader(int from)
{
    char bytes[16];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0) // step: read
        ;
    return n < 0;
}

static pid_t start(int ends[2])
{
    if (pipe(ends) < 0)                               // step: pipe
        return -1;
    pid_t child = fork();
    if (child == 0)
        _exit(close(ends[1]) < 0 || reader(ends[0])); // step: a child
    return child > 0 && close(ends[0]) < 0 ? -1 : child;
}

int main(void)
{
    int to_first[2], to_second[2], status;
    pid_t first = start(to_first);
    pid_t second = first < 0 ? -1 : start(to_second);
    if (second < 0)
        return 1;
    if (close(to_first[1]) < 0)                       // step: close the first
        return 1;
    if (waitpid(first, &status, 0) < 0 || status != 0) // step: wait for the first
        return 1;
    if (close(to_second[1]) < 0)
        return 1;
    return waitpid(second, &status, 0) < 0 || status != 0;
}

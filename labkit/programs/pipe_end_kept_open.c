/* As pipe_end, but the reader forgets to close its own write end. When does it get end of file? */
#include <sys/wait.h>
#include <unistd.h>

static int reader(int from)
{
    char bytes[16];
    ssize_t n;
    while ((n = read(from, bytes, sizeof bytes)) > 0) // step: read
        ;
    return n < 0;                                     // step: end of file
}

int main(void)
{
    int ends[2];
    if (pipe(ends) < 0)
        return 1;
    pid_t child = fork();
    if (child < 0)
        return 1;
    if (child == 0)
        return reader(ends[0]);                       // step: the reader, with both ends open
    if (close(ends[0]) < 0)
        return 1;
    if (write(ends[1], "hello", 5) != 5)              // step: write
        return 1;
    if (close(ends[1]) < 0)                           // step: close
        return 1;
    int status;
    return waitpid(child, &status, 0) < 0 || status != 0;
}

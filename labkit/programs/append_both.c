/* Two processes open one log and add lines to it, both with O_APPEND. */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

static int open_log(void)
{
    return open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);          // step: open
}

static int add(int log, const char *line)
{
    ssize_t length = strlen(line);
    return write(log, line, length) == length;                      // step: write
}

int main(void)
{
    int log = open_log();
    if (log < 0 || !add(log, "bird 1\n"))                           // step: bird 1
        return 1;
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0) {
        if (close(log) < 0 || (log = open_log()) < 0)               // step: an open of its own
            return 1;
        return !add(log, "cat 1\n") || !add(log, "cat 2\n");        // step: cat 1 and 2
    }
    int status;
    if (waitpid(child, &status, 0) < 0 || status != 0)
        return 1;
    return !add(log, "bird 2\n");                                   // step: bird 2
}

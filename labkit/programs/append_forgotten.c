/* The fault: two processes open one log and add lines to it, without O_APPEND. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static int add(const char *first, const char *second, size_t length)
{
    int log = open("log", O_WRONLY | O_CREAT, 0644);                // step: open
    if (log < 0 || write(log, first, length) != (ssize_t)length)    // step: first line
        return 1;
    usleep(10000);                                                  // step: the other's turn
    if (write(log, second, length) != (ssize_t)length)              // step: second line
        return 1;
    return close(log) < 0;
}

int main(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0)
        return add("cat 1\n", "cat 2\n", 6);
    int bad = add("bird 1\n", "bird 2\n", 7), status;
    return bad || waitpid(child, &status, 0) < 0 || status != 0;
}

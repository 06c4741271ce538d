/* Parent and child lock the same file: one of them waits. The lock is of the open file, so each opens it itself. */
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

static int hold(const char *who)
{
    int fd = open("door", O_RDWR | O_CREAT, 0644);
    if (fd < 0 || flock(fd, LOCK_EX) < 0) {
        perror("door");
        return 1;
    }
    dprintf(STDOUT_FILENO, "%s in\n", who);
    usleep(20000);
    dprintf(STDOUT_FILENO, "%s out\n", who);
    return flock(fd, LOCK_UN) < 0 || close(fd) < 0;
}

int main(void)
{
    pid_t child = fork();
    if (child < 0) {
        perror("fork");
        return 1;
    }
    if (child == 0)
        return hold("child");
    int bad = hold("parent");
    return wait(NULL) < 0 || bad;
}

#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int fd = open("log", O_WRONLY | O_CREAT | O_APPEND, 0644);
    write(fd, "parent\n", 7);
    if (fork() == 0) {
        int own = open("log", O_WRONLY | O_APPEND);
        write(own, "own\n", 4);
        write(fd, "shared\n", 7);
        _exit(0);
    }
    wait(NULL);
    lseek(fd, 0, SEEK_SET);
    write(fd, "end\n", 4);
    return close(fd);
}

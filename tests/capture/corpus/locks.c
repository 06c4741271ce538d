#define _GNU_SOURCE
#include <fcntl.h>
#include <sys/file.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = 10, .l_len = 5};
    int fd = open("data", O_RDWR | O_CREAT, 0644), again = open("data", O_RDWR);
    fcntl(fd, F_SETLK, &lock);
    flock(fd, LOCK_EX);
    flock(again, LOCK_SH | LOCK_NB);
    if (fork() == 0) {
        fcntl(fd, F_GETLK, &lock);
        _exit(fcntl(fd, F_SETLK, &lock) < 0);
    }
    wait(NULL);
    flock(fd, LOCK_UN);
    return 0;
}

/* Three pipes, one reader: epoll sleeps until any of them has bytes, and says which. */
#include <stdio.h>
#include <sys/epoll.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int pipes[3][2], watch = epoll_create1(0);
    char byte;
    if (watch < 0)
        return 1;
    for (int i = 0; i < 3; i++) {
        struct epoll_event wanted = {.events = EPOLLIN, .data.u32 = (unsigned)i};
        if (pipe(pipes[i]) < 0 || epoll_ctl(watch, EPOLL_CTL_ADD, pipes[i][0], &wanted) < 0) {
            perror("pipe");
            return 1;
        }
    }
    pid_t child = fork();
    if (child == 0) {
        usleep(20000);
        return write(pipes[2][1], "x", 1) != 1 || write(pipes[0][1], "y", 1) != 1;
    }
    for (int left = 2; child > 0 && left > 0;) {
        struct epoll_event ready[3];
        int count = epoll_wait(watch, ready, 3, -1);
        for (int i = 0; i < count; i++, left--) {
            if (read(pipes[ready[i].data.u32][0], &byte, 1) != 1)
                return 1;
            printf("pipe %u: %c\n", ready[i].data.u32, byte);
        }
    }
    return child < 0 || wait(NULL) != child;
}

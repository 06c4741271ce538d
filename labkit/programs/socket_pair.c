/* Two connected sockets, parent and child: each end is read and written, and both have one. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    int ends[2];
    char bytes[16];
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends) < 0) {            // step: socketpair
        perror("socketpair");
        return 1;
    }
    pid_t child = fork();                                           // step: fork
    if (child < 0)
        return 1;
    int own = child == 0 ? ends[1] : ends[0];
    if (close(child == 0 ? ends[0] : ends[1]) < 0)                  // step: close
        return 1;
    if (child == 0) {
        if (read(own, bytes, sizeof bytes) != 4)                    // step: the child reads
            return 1;
        return write(own, "answer", 6) != 6;                        // step: the child answers
    }
    if (write(own, "ping", 4) != 4)                                 // step: the parent writes
        return 1;
    if (read(own, bytes, sizeof bytes) != 6)                        // step: the parent reads
        return 1;
    return wait(NULL) != child;
}

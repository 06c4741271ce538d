/* Three clients in one: they connect in the order A, B, C and speak in the order C, B, A. Who is answered when? */
#include <netinet/in.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

static int answered(int number, int fd)
{
    char bytes[16];
    ssize_t n = read(fd, bytes, sizeof bytes);                                 // step: read
    if (n <= 0 || close(fd) < 0)                                               // step: leave
        return 0;
    return printf("%c ", 'A' + number) > 0;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in there = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    struct pollfd client[3];
    there.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    for (int i = 0; i < 3; i++) {
        client[i] = (struct pollfd){.fd = socket(AF_INET, SOCK_STREAM, 0), .events = POLLIN};
        if (client[i].fd < 0 || connect(client[i].fd, (struct sockaddr *)&there, sizeof there) < 0) { // step: connect
            perror("connect");
            return 1;
        }
    }
    for (int i = 2; i >= 0; i--) {
        if (write(client[i].fd, "hello\n", 6) != 6)                            // step: speak
            return 1;
        if (poll(&client[i], 1, 500) > 0) {                                    // step: half a second for the answer
            if (!answered(i, client[i].fd))
                return 1;
            client[i].fd = -1;
        }
    }
    for (int i = 0; i < 3; i++)
        if (client[i].fd >= 0 && !answered(i, client[i].fd))                   // step: wait for it
            return 1;
    return printf("\n") < 0;
}

/* Connects to 127.0.0.1 at the port of its first argument, and then does as the second says:
 *   hangs  reading what nobody sends       sleeps  for two seconds, and then says "done"
 *   forks  thirty children that wait       daemon  leaves a process behind that nobody waits for
 */
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

int main(int argc, char *argv[])
{
    struct sockaddr_in there = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    if (argc < 3) return 2;
    there.sin_port = htons((in_port_t)atoi(argv[1]));
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    char byte;
    check(fd, "socket");
    check(connect(fd, (struct sockaddr *)&there, sizeof there), "connect");
    if (strcmp(argv[2], "hangs") == 0) check((int)read(fd, &byte, 1), "read");
    if (strcmp(argv[2], "sleeps") == 0) {
        nanosleep(&(struct timespec){ 2, 0 }, NULL);
        puts("done");
    }
    if (strcmp(argv[2], "forks") == 0)
        for (int i = 0; i < 30; i++) {
            pid_t pid = fork();
            check(pid, "fork");
            if (pid == 0) pause();
        }
    if (strcmp(argv[2], "daemon") == 0 && fork() == 0) {
        setsid();
        pause();
    }
    return 0;
}

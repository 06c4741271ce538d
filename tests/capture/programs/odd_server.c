/* A TCP server on a port that the kernel chooses, which does as its argument says:
 *   ignores  SIGTERM            ends   by itself after one client      crashes  with its first client
 *   handles  SIGTERM, says so   slow   to listen                      spins    asking for clients without waiting
 *   threads  one for each client       forks  a child for each client, which outlives it
 */
#include <errno.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

static const char *way;

static int is(const char *word) { return strcmp(way, word) == 0; }

static void check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
}

static void on_term(int number)
{
    (void)number;
    check((int)write(1, "bye\n", 4), "write");
    _exit(7);
}

static void *serve(void *with)
{
    int client = (int)(long)with;
    char bytes[100];
    ssize_t n;
    while ((n = read(client, bytes, sizeof bytes)) > 0) check((int)write(client, bytes, (size_t)n), "write");
    close(client);
    return NULL;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    way = argc > 1 ? argv[1] : "";
    if (is("ignores")) signal(SIGTERM, SIG_IGN);
    if (is("handles")) signal(SIGTERM, on_term);
    if (is("slow")) nanosleep(&(struct timespec){ 1, 500000000 }, NULL);
    int fd = socket(AF_INET, SOCK_STREAM | (is("spins") ? SOCK_NONBLOCK : 0), 0);
    check(fd, "socket");
    check(bind(fd, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(fd, 5), "listen");
    for (;;) {
        int client = accept(fd, NULL, NULL);
        if (client < 0 && errno == EAGAIN) continue;
        check(client, "accept");
        if (is("crashes")) abort();
        if (is("threads")) {
            pthread_t thread;
            check(-pthread_create(&thread, NULL, serve, (void *)(long)client), "pthread_create");
            continue;
        }
        if (is("forks")) {
            pid_t pid = fork();
            check(pid, "fork");
            if (pid == 0) {
                close(fd);
                serve((void *)(long)client);
                pause();
            }
            close(client);
            continue;
        }
        serve((void *)(long)client);
        if (is("ends")) return 3;
    }
}

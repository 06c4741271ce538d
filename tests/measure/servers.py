"""Servers that are not what they seem, as C text: what the arena must not be fooled by."""

_BEGIN = r"""
#define _GNU_SOURCE
#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static int upper(int client)
{
    char bytes[512];
    ssize_t n = read(client, bytes, sizeof bytes);
    if (n > 0 && memchr(bytes, '!', n))
        abort();
    for (ssize_t i = 0; i < n; i++)
        bytes[i] = toupper((unsigned char)bytes[i]);
    return n > 0 && send(client, bytes, n, MSG_NOSIGNAL) == n;
}

static void serve(int client)
{
    while (upper(client))
        ;
    close(client);
}

static int listening(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    if (fd < 0 || bind(fd, (struct sockaddr *)&here, sizeof here) < 0 || listen(fd, SOMAXCONN) < 0)
        exit(1);
    return fd;
}

static int ready(int fd, int milliseconds)
{
    struct pollfd one = {.fd = fd, .events = POLLIN};
    return poll(&one, 1, milliseconds) > 0;
}
"""


def server(main: str) -> str:
    """The whole program around what its main does with `listener`."""
    return f"{_BEGIN}\nint main(void)\n{{\n    int listener = listening();\n{main}\n}}\n"


# accepts whoever comes, at once, and then serves one after the other
EAGER = server("""
    int clients[4096], first = 0, last = 0;
    for (;;) {
        while (first == last || ready(listener, 0))
            clients[last++] = accept(listener, NULL, NULL);
        struct pollfd two[2] = {{.fd = listener, .events = POLLIN}, {.fd = clients[first], .events = POLLIN}};
        poll(two, 2, -1);
        if (two[1].revents && !upper(clients[first]))
            close(clients[first++]);
    }
""")

# takes a line from each of three clients before it answers any of them
GATHERS = server("""
    for (;;) {
        int clients[3];
        char bytes[3][512];
        ssize_t n[3];
        for (int i = 0; i < 3; i++)
            clients[i] = accept(listener, NULL, NULL);
        for (int i = 0; i < 3; i++)
            n[i] = read(clients[i], bytes[i], sizeof bytes[i]);
        for (int i = 2; i >= 0; i--) {
            for (ssize_t j = 0; j < n[i]; j++)
                bytes[i][j] = toupper((unsigned char)bytes[i][j]);
            if (n[i] > 0)
                send(clients[i], bytes[i], n[i], MSG_NOSIGNAL);
        }
        for (int i = 0; i < 3; i++)
            serve(clients[i]);
    }
""")

# so many processes made beforehand, each serving one at a time
WORKERS = """
    for (int i = 1; i < %d; i++)
        if (fork() == 0)
            break;
    for (;;)
        serve(accept(listener, NULL, NULL));
"""
TWO_WORKERS, THREE_WORKERS = server(WORKERS % 2), server(WORKERS % 3)

# a process for each, but the parent reads the first words itself
READS_FIRST = server("""
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (upper(client) && fork() == 0) {
            serve(client);
            _exit(0);
        }
        close(client);
    }
""")

# a process for each, and the parent waits for the last one only when the next comes
WAITS_LATER = server("""
    for (pid_t child = 0;;) {
        int client = accept(listener, NULL, NULL);
        if (child > 0)
            waitpid(child, NULL, 0);
        if ((child = fork()) == 0) {
            serve(client);
            _exit(0);
        }
        close(client);
    }
""")

# a thread for each, and all of them wait for one lock to serve
ONE_LOCK = r"""
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

static void *locked(void *client)
{
    pthread_mutex_lock(&lock);
    serve((int)(long)client);
    pthread_mutex_unlock(&lock);
    return NULL;
}
"""
LOCKED = server("""
    for (pthread_t thread;;) {
        long client = accept(listener, NULL, NULL);
        pthread_create(&thread, NULL, locked, (void *)client);
        pthread_detach(thread);
    }
""").replace("int main(void)", ONE_LOCK + "\nint main(void)")

# says something before it is asked, and nothing then
GUESSES = server("""
    for (;;) {
        int client = accept(listener, NULL, NULL);
        send(client, "HELLO\\n", 6, MSG_NOSIGNAL);
        char bytes[512];
        while (read(client, bytes, sizeof bytes) > 0)
            ;
        close(client);
    }
""")

# answers, but not in capitals
ECHOES = server("""
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (fork() == 0) {
            char bytes[512];
            for (ssize_t n; (n = read(client, bytes, sizeof bytes)) > 0;)
                send(client, bytes, n, MSG_NOSIGNAL);
            _exit(0);
        }
        close(client);
    }
""")

# looks at everybody in turn, and sleeps a moment in between: slow, but nobody waits for anybody
NAPS = server("""
    int clients[4096], count = 0;
    for (;;) {
        while (ready(listener, 0))
            clients[count++] = accept(listener, NULL, NULL);
        for (int i = 0; i < count; i++)
            if (ready(clients[i], 0) && !upper(clients[i])) {
                close(clients[i]);
                clients[i--] = clients[--count];
            }
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
    }
""")

# the same without the nap: it never rests
SPINS = NAPS.replace("        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);\n", "")

# a process for each, each of which thinks for a moment before it answers
THINKS = server("""
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (fork() == 0) {
            do
                usleep(60000);
            while (upper(client));
            _exit(0);
        }
        close(client);
    }
""")

# a process for each, and the dead are waited for when the next client comes
REAPS_LATER = server("""
    for (;;) {
        int client = accept(listener, NULL, NULL);
        if (fork() == 0) {
            serve(client);
            _exit(0);
        }
        close(client);
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
    }
""")

/* A thread for each connection, all in one process: one table of descriptors, one crash. */
#include <ctype.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static void *serve(void *argument)
{
    int client = (int)(intptr_t)argument;
    char bytes[512];
    ssize_t n;
    while ((n = read(client, bytes, sizeof bytes)) > 0) {           // step: read
        if (memchr(bytes, '!', n) != NULL)
            abort();                                                // step: crash
        for (ssize_t i = 0; i < n; i++)
            bytes[i] = toupper((unsigned char)bytes[i]);
        if (send(client, bytes, n, MSG_NOSIGNAL) != n)              // step: answer
            break;
    }
    if (close(client) < 0)                                          // step: the thread closes the connection
        perror("close");
    return NULL;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    pthread_t thread;
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, SOMAXCONN) < 0)
        return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL);                  // step: accept
        if (client < 0 || pthread_create(&thread, NULL, serve, (void *)(intptr_t)client) != 0)  // step: thread
            return 1;
        if (pthread_detach(thread) != 0)                            // nobody will wait for it
            return 1;
    }
}

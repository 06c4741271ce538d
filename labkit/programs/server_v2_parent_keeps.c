/* As server_v2, but the parent does not close the connections: no client sees the end. */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

static int serve(int client)
{
    char bytes[512];
    ssize_t n;
    while ((n = read(client, bytes, sizeof bytes)) > 0) {           // step: read
        if (memchr(bytes, '!', n) != NULL)
            abort();                                                // step: crash
        for (ssize_t i = 0; i < n; i++)
            bytes[i] = toupper((unsigned char)bytes[i]);
        if (send(client, bytes, n, MSG_NOSIGNAL) != n)              // step: answer
            return 1;
    }
    return n < 0;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, SOMAXCONN) < 0)
        return 1;
    for (;;) {
        int client = accept(listener, NULL, NULL);                  // step: accept
        pid_t child = client < 0 ? -1 : fork();                     // step: fork
        if (child == 0)
            return close(listener) < 0 || serve(client);            // step: the child closes the listener
        if (child < 0) {                                            // step: the parent keeps the connection
            perror("server_v2_parent_keeps");
            return 1;
        }
        if (waitpid(child, NULL, 0) < 0)                            // step: wait
            return 1;
    }
}

/* One client at a time: accept one, serve it until it leaves, accept the next. A '!' is a crash. */
#include <ctype.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
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
            return -1;
    }
    return n;
}

int main(int argc, char *argv[])
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    here.sin_port = htons(argc > 1 ? atoi(argv[1]) : 0);            // 0: the kernel chooses the port
    int listener = socket(AF_INET, SOCK_STREAM, 0);
    if (listener < 0 || bind(listener, (struct sockaddr *)&here, sizeof here) < 0 || listen(listener, SOMAXCONN) < 0) {
        perror("listener");
        return 1;
    }
    for (;;) {
        int client = accept(listener, NULL, NULL);                  // step: accept
        if (client < 0) {
            perror("accept");
            return 1;
        }
        if (serve(client) < 0)                                      // step: serve
            perror("client");
        if (close(client) < 0)                                      // step: close
            return 1;
    }
}

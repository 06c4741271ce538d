/* Answers the first client of the UNIX socket "door" in upper case. */
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int check(int result, const char *what)
{
    if (result < 0) {
        perror(what);
        exit(1);
    }
    return result;
}

int main(void)
{
    struct sockaddr_un here = { .sun_family = AF_UNIX, .sun_path = "door" };
    int listening = check(socket(AF_UNIX, SOCK_STREAM, 0), "socket");
    check(bind(listening, (struct sockaddr *)&here, sizeof here), "bind");
    check(listen(listening, 1), "listen");
    int client = check(accept(listening, NULL, NULL), "accept");
    char bytes[100];
    int n = check((int)read(client, bytes, sizeof bytes), "read");
    for (int i = 0; i < n; i++) bytes[i] = (char)toupper((unsigned char)bytes[i]);
    check((int)write(client, bytes, (size_t)n), "write");
    return 0;
}

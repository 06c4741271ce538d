/* The echo server again, for this machine only: its address is a name in the file system. */
#include <stdio.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(void)
{
    struct sockaddr_un own = {.sun_family = AF_UNIX, .sun_path = "echo"};
    char bytes[512];
    ssize_t got;
    int client, server = socket(AF_UNIX, SOCK_STREAM, 0);                  // step: socket
    if (server < 0)
        return fail("socket");
    if (bind(server, (struct sockaddr *)&own, sizeof own) < 0)             // step: bind
        return fail("bind");
    if (listen(server, 5) < 0)                                             // step: listen
        return fail("listen");
    while ((client = accept(server, NULL, NULL)) >= 0) {                   // step: accept
        while ((got = read(client, bytes, sizeof bytes)) > 0)              // step: read
            if (write(client, bytes, got) != got)                          // step: write
                return fail("write");
        if (got < 0 || close(client) < 0)                                  // step: close
            return fail("read");
    }
    return fail("accept");
}

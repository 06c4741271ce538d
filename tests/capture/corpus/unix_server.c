#define _GNU_SOURCE
#include <stddef.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "socket"};
    char got[8];
    int listener = socket(AF_UNIX, SOCK_STREAM, 0);
    bind(listener, (struct sockaddr *)&address, sizeof address);
    listen(listener, 1);
    if (fork() == 0) {
        int client = socket(AF_UNIX, SOCK_STREAM, 0);
        connect(client, (struct sockaddr *)&address, sizeof address);
        _exit(write(client, "request", 7) != 7);
    }
    int server = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    wait(NULL);
    read(server, got, sizeof got);
    return unlink("socket");
}

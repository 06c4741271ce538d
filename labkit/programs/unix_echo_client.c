/* The client of unix_echo_server: socket and address are of another family, the rest is the same. */
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // TEXT
{
    struct sockaddr_un server = {.sun_family = AF_UNIX, .sun_path = "echo"};
    char bytes[512];
    ssize_t got, size = argc > 1 ? strlen(argv[1]) : 0;
    int fd = socket(AF_UNIX, SOCK_STREAM, 0);                              // step: socket
    if (fd < 0)
        return fail("socket");
    if (connect(fd, (struct sockaddr *)&server, sizeof server) < 0)        // step: connect
        return fail("connect");
    if (write(fd, argv[1], size) != size)                                  // step: write
        return fail("write");
    if (shutdown(fd, SHUT_WR) < 0)                                         // step: shutdown
        return fail("shutdown");
    while ((got = read(fd, bytes, sizeof bytes)) > 0)                      // step: read
        if (fwrite(bytes, 1, got, stdout) != (size_t)got)
            return fail("fwrite");
    return got < 0 || close(fd) < 0;                                       // step: close
}

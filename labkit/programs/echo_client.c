/* The echo client: sends a text, and prints what comes back until there is no more. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static int fail(const char *what)
{
    perror(what);
    return 1;
}

int main(int argc, char **argv) // PORT TEXT [HOST]
{
    struct addrinfo *list, *one, wanted = {.ai_socktype = SOCK_STREAM};
    char bytes[512];
    ssize_t got, put;
    int fd = -1;
    const char *host = argc > 3 ? argv[3] : "127.0.0.1";
    if (argc < 3 || getaddrinfo(host, argv[1], &wanted, &list) != 0)       // step: getaddrinfo
        return 2;
    for (one = list; one != NULL; one = one->ai_next) {
        fd = socket(one->ai_family, one->ai_socktype, one->ai_protocol);   // step: socket
        if (fd >= 0 && connect(fd, one->ai_addr, one->ai_addrlen) == 0)    // step: connect
            break;
        perror("connect");
        if (fd >= 0 && close(fd) < 0)
            return fail("close");
    }
    freeaddrinfo(list);
    if (one == NULL)
        return 1;
    for (size_t done = 0, size = strlen(argv[2]); done < size; done += put)
        if ((put = write(fd, argv[2] + done, size - done)) < 0)            // step: write
            return fail("write");
    if (shutdown(fd, SHUT_WR) < 0)                                         // step: shutdown
        return fail("shutdown");
    while ((got = read(fd, bytes, sizeof bytes)) > 0)                      // step: read
        if (fwrite(bytes, 1, got, stdout) != (size_t)got)
            return fail("fwrite");
    return got < 0 || close(fd) < 0 ? fail("read") : 0;                    // step: close
}

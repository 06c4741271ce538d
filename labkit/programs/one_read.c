/* One read() of 16 bytes from a file of the kind named: the same call, another way through the kernel. */
#include <arpa/inet.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int socket_with_bytes(void)
{
    struct sockaddr_in here = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof here;
    int listening = socket(AF_INET, SOCK_STREAM, 0), near = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listening, (struct sockaddr *)&here, size) < 0 || listen(listening, 1) < 0 ||
        getsockname(listening, (struct sockaddr *)&here, &size) < 0 || connect(near, (struct sockaddr *)&here, size) < 0)
        return -1;
    return write(near, "from the socket\n", 16) == 16 ? accept(listening, NULL, NULL) : -1;
}

int main(int argc, char *argv[])
{
    const char *kind = argc > 1 ? argv[1] : "/dev/zero";
    char bytes[16];
    int ends[2] = {-1, -1};
    if (strcmp(kind, "pipe") == 0) {
        if (pipe(ends) < 0 || write(ends[1], "from the pipe...\n", 16) != 16)
            return 1;
    } else if (strcmp(kind, "terminal") == 0) {
        if (openpty(&ends[1], &ends[0], NULL, NULL, NULL) < 0 || write(ends[1], "from a keyboard\n", 16) != 16)
            return 1;
    } else {
        ends[0] = strcmp(kind, "socket") == 0 ? socket_with_bytes() : open(kind, O_RDONLY);
    }
    if (argc > 2 && posix_fadvise(ends[0], 0, 0, POSIX_FADV_DONTNEED) != 0)
        return 1;
    ssize_t got = read(ends[0], bytes, sizeof bytes);
    if (got < 0) {
        perror("read");
        return 1;
    }
    printf("%zd bytes\n", got);
    return 0;
}

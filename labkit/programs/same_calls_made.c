/* The same five calls on what open did not make: a pipe, a UNIX socket, a TCP socket. Three bytes wait in each. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/un.h>
#include <unistd.h>

static int connection(int ends[2], struct sockaddr *address, socklen_t length)
{
    int door = socket(address->sa_family, SOCK_STREAM, 0);
    if (door < 0 || bind(door, address, length) < 0 || listen(door, 1) < 0
        || getsockname(door, address, &length) < 0) // asked for port 0: which one did the kernel choose?
        return -1;
    ends[1] = socket(address->sa_family, SOCK_STREAM, 0);
    if (ends[1] < 0 || connect(ends[1], address, length) < 0)
        return -1;
    return (ends[0] = accept(door, NULL, NULL)) < 0 ? -1 : close(door);
}

static void same_calls(int in, int out)
{
    char bytes[3], name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", in); // it has no name but this one: proc(5)
    const char *calls[] = { "open", "read", "write", "lseek", "close" };
    for (int i = 0; i < 5; i++) {
        long result = i == 0 ? open(name, O_RDWR) : i == 1 ? read(in, bytes, 3) : i == 2 ? write(out, "xyz", 3)
                    : i == 3 ? lseek(in, 1, SEEK_SET) : close(in);
        printf(result < 0 ? "%s: %s\n" : "%s: %s%ld\n", calls[i], result < 0 ? strerror(errno) : "", result);
    }
}

int main(int argc, char *argv[])
{
    const char *kind = argc > 1 ? argv[1] : "pipe";
    struct sockaddr_un local = { AF_UNIX, "door" };
    struct sockaddr_in internet = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    int ends[2], is_pipe = strcmp(kind, "pipe") == 0;
    int made = is_pipe ? pipe(ends)
        : strcmp(kind, "UNIX") == 0 ? connection(ends, (struct sockaddr *)&local, sizeof local)
        : connection(ends, (struct sockaddr *)&internet, sizeof internet);
    if (made < 0 || write(ends[1], "abc", 3) != 3)
        return perror(kind), 1;
    same_calls(ends[0], is_pipe ? ends[1] : ends[0]); // a pipe has an end for each direction
    return 0;
}

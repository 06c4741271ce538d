/* The same five calls on what open did not make: a pipe, a UNIX socket, a TCP socket. Three bytes wait in each. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static int tcp_connection(int ends[2])
{
    struct sockaddr_in address = { .sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
    struct sockaddr *here = (struct sockaddr *)&address;
    socklen_t length = sizeof address;
    int door = socket(AF_INET, SOCK_STREAM, 0);
    if (door < 0 || bind(door, here, length) < 0 || listen(door, 1) < 0
        || getsockname(door, here, &length) < 0) // asked for port 0: which one did the kernel choose?
        return -1;
    ends[1] = socket(AF_INET, SOCK_STREAM, 0);
    if (ends[1] < 0 || connect(ends[1], here, length) < 0)
        return -1;
    return (ends[0] = accept(door, NULL, NULL)) < 0 ? -1 : close(door);
}
static void tell(const char *call, long result)
{
    printf(result < 0 ? "%s: %s\n" : "%s: %s%ld\n", call, result < 0 ? strerror(errno) : "", result);
}
static void same_calls(int in, int out)
{
    char bytes[3], name[32];
    snprintf(name, sizeof name, "/proc/self/fd/%d", in); // it has no name but this one: proc(5)
    tell("open", open(name, O_RDWR));
    tell("read", read(in, bytes, 3));
    tell("write", write(out, "xyz", 3));
    tell("lseek", lseek(in, 1, SEEK_SET));
    tell("close", close(in));
}
int main(int argc, char *argv[])
{
    const char *kind = argc > 1 ? argv[1] : "pipe";
    int ends[2], is_pipe = strcmp(kind, "pipe") == 0, is_unix = strcmp(kind, "UNIX") == 0;
    int made = is_pipe ? pipe(ends) : is_unix ? socketpair(AF_UNIX, SOCK_STREAM, 0, ends) : tcp_connection(ends);
    if (made < 0 || write(ends[1], "abc", 3) != 3)
        return perror(kind), 1;
    same_calls(ends[0], is_pipe ? ends[1] : ends[0]); // a pipe has an end for each direction
}

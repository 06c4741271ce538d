#define _GNU_SOURCE
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    int pair[2];
    char got[16];
    socketpair(AF_UNIX, SOCK_STREAM, 0, pair);
    write(pair[0], "to the other end", 16);
    read(pair[1], got, 4);
    recv(pair[1], got, sizeof got, MSG_DONTWAIT);
    recv(pair[1], got, sizeof got, MSG_DONTWAIT);
    shutdown(pair[0], SHUT_WR);
    read(pair[1], got, 1);
    return close(pair[0]);
}

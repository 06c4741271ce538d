#define _GNU_SOURCE
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

int main(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)}, from;
    socklen_t length = sizeof address;
    char got[16];
    int a = socket(AF_INET, SOCK_DGRAM, 0), b = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, IPPROTO_UDP);
    bind(a, (struct sockaddr *)&address, sizeof address);
    getsockname(a, (struct sockaddr *)&address, &length);
    sendto(b, "datagram", 8, 0, (struct sockaddr *)&address, length);
    recvfrom(a, got, 4, MSG_TRUNC, (struct sockaddr *)&from, &length);
    return close(a);
}

/* What getaddrinfo makes of a name: each address that it stands for, of either family. */
#include <netdb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

int main(int argc, char **argv) // NAME…; "" for no name, "*" for any address of this machine
{
    for (int i = 1; i < argc; i++) {
        struct addrinfo *list, wanted = {.ai_socktype = SOCK_STREAM};
        const char *name = argv[i];
        char address[NI_MAXHOST];
        if (strcmp(name, "*") == 0) {
            wanted.ai_flags = AI_PASSIVE;
            name = "";
        }
        int error = getaddrinfo(name[0] == '\0' ? NULL : name, "80", &wanted, &list); // step: getaddrinfo
        if (error != 0) {
            if (printf("%s\tno\t%s\n", argv[i], gai_strerror(error)) < 0)
                return 1;
            continue;
        }
        for (struct addrinfo *one = list; one != NULL; one = one->ai_next) {
            const char *family = one->ai_family == AF_INET6 ? "AF_INET6" : "AF_INET";
            const socklen_t size = one->ai_addrlen, room = sizeof address;
            if (getnameinfo(one->ai_addr, size, address, room, NULL, 0, NI_NUMERICHOST) != 0)
                return 1;
            if (printf("%s\t%s\t%s\n", argv[i], family, address) < 0)              // step: each answer
                return 1;
        }
        freeaddrinfo(list);
    }
    return 0;
}

/* Which ports may be bound by whom, and which the kernel gives out itself: its own two settings. */
#include <stdio.h>

static int number(const char *path, int *first, int *last)
{
    FILE *file = fopen(path, "r");
    if (file == NULL) {
        perror(path);
        return 0;
    }
    int found = fscanf(file, "%d %d", first, last);
    return fclose(file) != EOF && found >= 1;
}

int main(void)
{
    int start, first, last, none;
    if (!number("/proc/sys/net/ipv4/ip_unprivileged_port_start", &start, &none))
        return 1;
    if (!number("/proc/sys/net/ipv4/ip_local_port_range", &first, &last))
        return 1;
    printf("below %d: only with the right to (CAP_NET_BIND_SERVICE)\n", start);
    printf("from %d: everybody's\n", start);
    return printf("%d to %d: the kernel's choice, where it is left to it\n", first, last) < 0;
}

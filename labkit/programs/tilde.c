/* Opens a name as it was given. Who makes a home directory of `~`? */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    int fd = open(argc > 1 ? argv[1] : "~/notes", O_RDONLY); // step: open
    if (fd < 0)
        return perror("open"), 1;
    return close(fd) < 0;
}

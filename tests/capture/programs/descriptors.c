/* Says for itself what its descriptors are, where it is, and what it was given. */
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *kind(int fd)
{
    struct stat st;
    if (fstat(fd, &st) != 0)
        return "closed";
    if (S_ISFIFO(st.st_mode))
        return "pipe";
    if (S_ISREG(st.st_mode))
        return "file";
    return isatty(fd) ? "terminal" : "device";
}

int main(int argc, char *argv[])
{
    char folder[PATH_MAX];
    for (int fd = 0; fd < 3; fd++)
        printf("%d %s\n", fd, kind(fd));
    for (int fd = 3; fd < 1024; fd++)
        if (fcntl(fd, F_GETFD) != -1)
            printf("leaked %d\n", fd);
    for (int i = 1; i < argc; i++)
        printf("argument %s\n", argv[i]);
    printf("folder %s\n", getcwd(folder, sizeof folder) ? folder : "?");
    printf("colour %s\n", getenv("COLOUR") ? getenv("COLOUR") : "none");
    printf("foreground %d\n", tcgetpgrp(1) == getpgrp());
    return 0;
}

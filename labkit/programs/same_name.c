/* One relative name, five ways to look it up. Which file is it each time? */
#define _GNU_SOURCE // O_PATH
#include <fcntl.h>
#include <unistd.h>

static int look(int folder, const char *name)
{
    char bytes[16];
    int fd = openat(folder, name, O_RDONLY);              // step: open
    return fd < 0 || read(fd, bytes, sizeof bytes) < 1 || close(fd) < 0;
}

int main(void)
{
    int home = open(".", O_PATH | O_DIRECTORY);           // step: keep
    if (home < 0 || look(AT_FDCWD, "notes"))              // step: here
        return 1;
    if (chdir("trip") < 0 || look(AT_FDCWD, "notes"))     // step: there
        return 1;
    if (look(AT_FDCWD, "./notes") || look(AT_FDCWD, "../notes")) // step: dots
        return 1;
    return look(home, "notes");                           // step: openat
}

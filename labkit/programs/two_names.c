/* One file gets a second name, and loses both. When is it gone? */
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

static int tell(int fd, const char *when)
{
    struct stat about;
    if (fstat(fd, &about) < 0)
        return 1;
    return printf("%s: %lu\n", when, (unsigned long)about.st_nlink) < 0;
}

int main(void)
{
    char five[5];
    struct stat first, second;
    int fd = open("first", O_RDONLY);                // step: open
    if (fd < 0 || link("first", "second") < 0)       // step: link
        return 1;
    if (stat("first", &first) < 0 || stat("second", &second) < 0 || first.st_ino != second.st_ino)
        return 1;
    if (tell(fd, "names after link"))
        return 1;
    if (unlink("first") < 0 || tell(fd, "after the first unlink"))   // step: unlink first
        return 1;
    if (unlink("second") < 0 || tell(fd, "after the second unlink")) // step: unlink second
        return 1;
    if (open("second", O_RDONLY) >= 0)               // step: open again
        return 1;
    if (read(fd, five, 5) != 5)                      // step: read
        return 1;
    return close(fd) < 0;                            // step: close
}

/* The fault: open with O_CREAT, and no third argument. Which mode do the new files get? */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int save(const char *name, const char *text, size_t length)
{
    int fd = open(name, O_WRONLY | O_CREAT | O_TRUNC);              // step: open
    if (fd < 0) {
        perror(name);
        return -1;
    }
    struct stat about;
    if (write(fd, text, length) != (ssize_t)length || fstat(fd, &about) < 0) {
        perror(name);
        return -1;
    }
    return close(fd);
}

int main(void)
{
    const char *brief = "milk\n", *more = "milk, bread, cheese, a hundred things\n";
    umask(0);
    return save("brief", brief, strlen(brief)) < 0 || save("more", more, strlen(more)) < 0;
}

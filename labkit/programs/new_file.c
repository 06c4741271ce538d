/* Makes a file with mode 0666 under the umask given, in octal. Which mode does it get? */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    umask(strtol(argc > 1 ? argv[1] : "022", NULL, 8));             // step: umask
    int fd = open("note", O_WRONLY | O_CREAT | O_EXCL, 0666);       // step: open
    if (fd < 0) {
        perror("note");
        return 1;
    }
    struct stat about;
    if (fstat(fd, &about) < 0)                                      // step: look
        return 1;
    printf("%04o\n", about.st_mode & 07777);
    return close(fd) < 0;
}

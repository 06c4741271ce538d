/* From a descriptor to a stream, and back: fdopen and fileno. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open("poem", O_WRONLY | O_CREAT | O_TRUNC, 0666);      // step: open
    if (fd < 0) {
        perror("poem");
        return 1;
    }
    FILE *poem = fdopen(fd, "w");                                   // step: fdopen
    if (poem == NULL) {
        perror("fdopen");
        return 1;
    }
    if (fprintf(poem, "fd %d\n", fileno(poem)) < 0)                 // step: fprintf
        return 1;
    if (fclose(poem) == EOF)                                        // step: fclose
        return 1;
    return close(fd) == 0;                                          // step: close again
}

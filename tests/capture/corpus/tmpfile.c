#define _GNU_SOURCE
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    int fd = open(".", O_RDWR | O_TMPFILE, 0600);
    FILE *file = tmpfile();
    if (!file)
        return 1;
    fputs("gone at the end", file);
    rewind(file);
    getc(file);
    fclose(file);
    return close(fd);
}

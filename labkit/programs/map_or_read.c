/* Counts the lines of a file, by read or through mmap: which system calls does each way make? */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

static long lines_in(const char *at, size_t count)
{
    long lines = 0;
    for (size_t i = 0; i < count; i++)
        lines += at[i] == '\n';
    return lines;
}

int main(int argc, char *argv[])
{
    char buffer[4096];
    long lines = 0;
    ssize_t got = 0;
    struct stat facts;
    int fd = open("lines", O_RDONLY);
    if (fd < 0 || fstat(fd, &facts) < 0) {
        perror("lines");
        return 1;
    }
    if (argc > 1 && strcmp(argv[1], "map") == 0) {
        char *file = mmap(NULL, (size_t)facts.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
        if (file == MAP_FAILED) {
            perror("mmap");
            return 1;
        }
        lines = lines_in(file, (size_t)facts.st_size);
        if (munmap(file, (size_t)facts.st_size) < 0)
            return 1;
    } else {
        while ((got = read(fd, buffer, sizeof buffer)) > 0)
            lines += lines_in(buffer, (size_t)got);
    }
    printf("%ld lines\n", lines);
    return got < 0 || close(fd) < 0;
}

/* What an ordinary program can see of struct file: the offset that /proc tells of each of its descriptors. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int tell(const char *what, int fd)
{
    char name[40], line[40];
    snprintf(name, sizeof name, "/proc/self/fdinfo/%d", fd);
    FILE *info = fopen(name, "r");
    if (info == NULL || fgets(line, sizeof line, info) == NULL) {
        perror(name);
        return 1;
    }
    printf("%s %s", what, line);
    return fclose(info) != 0;
}

int main(void)
{
    char bytes[3];
    int first = open("letters", O_RDONLY), copy = dup(first), second = open("letters", O_RDONLY);
    if (first < 0 || copy < 0 || second < 0) {
        perror("letters");
        return 1;
    }
    if (read(copy, bytes, sizeof bytes) != sizeof bytes)
        return 1;
    return tell("first", first) || tell("copy", copy) || tell("second", second);
}

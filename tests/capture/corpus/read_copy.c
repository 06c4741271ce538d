#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char block[100];
    ssize_t n;
    int in = open("/etc/passwd", O_RDONLY), out = open("copy.txt", O_WRONLY | O_CREAT | O_TRUNC, 0644);
    while ((n = read(in, block, sizeof block)) > 0)
        if (write(out, block, n) != n)
            return 1;
    return close(in) || close(out);
}

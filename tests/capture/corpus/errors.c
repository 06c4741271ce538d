#define _GNU_SOURCE
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char c;
    open("/no/such/file", O_RDONLY);
    open("/etc", O_WRONLY);
    open("/etc/passwd/x", O_RDONLY);
    open("/etc/passwd", O_RDWR | O_CREAT | O_EXCL, 0644);
    read(99, &c, 1);
    read(open("/", O_RDONLY), &c, 1);
    close(98);
    lseek(0, 0, 77);
    write(1, (void *)1, 1);
    open((void *)1, O_RDONLY);
    return 0;
}

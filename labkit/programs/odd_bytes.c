/* Three bytes out of a file, and three bytes into it, across the borders of its blocks. */
#include <fcntl.h>
#include <unistd.h>

int main(void)
{
    char three[3];
    int fd = open("blocks", O_RDWR);
    if (fd < 0)
        return 1;
    if (pread(fd, three, 3, 4095) != 3)  // step: read
        return 1;
    if (pwrite(fd, "xyz", 3, 8191) != 3) // step: write
        return 1;
    return close(fd) < 0;
}

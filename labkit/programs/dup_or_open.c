/* One file: opened, dup of that, opened again. Whose offset moves with whose? */
#include <fcntl.h>
#include <unistd.h>

static int read3(int fd)
{
    char three[3];
    return read(fd, three, sizeof three) == sizeof three;
}

int main(void)
{
    int opened = open("letters", O_RDONLY);      // step: open
    int copy = dup(opened);                      // step: dup
    int again = open("letters", O_RDONLY);       // step: open again
    if (opened < 0 || copy < 0 || again < 0)
        return 1;
    if (!read3(opened) || !read3(copy))          // step: opened and copy
        return 1;
    return !read3(again);                        // step: again
}

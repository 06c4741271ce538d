/* One file, opened twice before fork: which reads go on where another stopped? */
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

static int read3(int fd)
{
    char three[3];
    return read(fd, three, sizeof three) == sizeof three;
}

int main(void)
{
    int shared = open("letters", O_RDONLY);  // step: open
    int other = open("letters", O_RDONLY);   // step: open again
    if (shared < 0 || other < 0)
        return 1;
    pid_t child = fork();                    // step: fork
    if (child < 0)
        return 1;
    if (child == 0)
        return !read3(shared);               // step: child
    int status;
    if (waitpid(child, &status, 0) < 0 || status != 0)
        return 1;
    if (!read3(shared))                      // step: parent
        return 1;
    return !read3(other);                    // step: other
}

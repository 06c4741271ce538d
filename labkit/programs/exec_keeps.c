/* Opens a file with and without O_CLOEXEC, then becomes another program. What can that one read? */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

static int as_new_program(void)
{
    char three[3];
    if (read(3, three, sizeof three) < 0)                // step: read 3
        perror("3");
    if (read(4, three, sizeof three) < 0)                // step: read 4
        perror("4");
    return 0;
}

int main(int argc, char *argv[])
{
    if (argc > 1)
        return as_new_program();
    int plain = open("letters", O_RDONLY);               // step: open
    int marked = open("letters", O_RDONLY | O_CLOEXEC);  // step: open with O_CLOEXEC
    if (plain < 0 || marked < 0)
        return 1;
    execl("/proc/self/exe", argv[0], "again", NULL);     // step: exec
    perror("execl");
    return 1;
}

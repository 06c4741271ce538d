/* The shell's `>f 2>&1`, or `swapped`, `2>&1 >f`: dup2 copies what a descriptor leads to now. */
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

static int one_to_file(void) // >f
{
    int file = open("f", O_WRONLY | O_CREAT | O_TRUNC, 0644); // step: open
    if (file < 0)
        return -1;
    if (dup2(file, STDOUT_FILENO) < 0)                        // step: >f
        return -1;
    return close(file);
}

static int two_to_one(void) // 2>&1
{
    return dup2(STDOUT_FILENO, STDERR_FILENO);                // step: 2>&1
}

int main(int argc, char *argv[])
{
    int swapped = argc > 1 && strcmp(argv[1], "swapped") == 0;
    if (swapped && (two_to_one() < 0 || one_to_file() < 0))
        return 1;
    if (!swapped && (one_to_file() < 0 || two_to_one() < 0))
        return 1;
    if (write(STDOUT_FILENO, "result\n", 7) != 7)             // step: result
        return 1;
    return write(STDERR_FILENO, "problem\n", 8) != 8;         // step: problem
}

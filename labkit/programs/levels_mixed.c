/* The fault: a file is written through a stream and, in between, through its descriptor. */
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

int main(void)
{
    FILE *list = fopen("list", "w");
    if (list == NULL) {
        perror("list");
        return 1;
    }
    if (fputs("1 milk\n", list) == EOF)                             // step: first
        return 1;
    if (write(fileno(list), "2 bread\n", 8) != 8)                   // step: second
        return 1;
    if (fputs("3 tea\n", list) == EOF)                              // step: third
        return 1;
    return fclose(list) == EOF;                                     // step: fclose
}

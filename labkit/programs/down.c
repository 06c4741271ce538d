/* Lines of ten bytes, from fputs all the way down to storage: as many as its argument says. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

int main(int argc, char *argv[])
{
    long wanted = argc > 1 ? strtol(argv[1], NULL, 10) : 1, calls = 0;
    FILE *out = fopen(argc > 2 ? argv[2] : "lines", "w");
    if (out == NULL)
        return 1;
    while (calls < wanted) {
        if (fputs("ten bytes\n", out) == EOF) // step: fputs
            return 1;
        calls++;
    }
    if (fflush(out) != 0)                     // step: fflush
        return 1;
    if (fsync(fileno(out)) < 0)               // step: fsync
        return 1;
    if (fclose(out) != 0)
        return 1;
    return printf("fputs: %ld\n", calls) < 0;
}

/* Copies stdin to stdout, a character at a time, and tells on stderr how often it called the library for that. */
#include <stdio.h>

int main(void)
{
    long gets = 0, puts = 0;
    int c;
    while (gets++, (c = fgetc(stdin)) != EOF) {  // step: get
        puts++;
        if (fputc(c, stdout) == EOF)             // step: put
            return 1;
    }
    if (ferror(stdin) || fflush(stdout) == EOF)  // step: flush
        return 1;
    return fprintf(stderr, "fgetc: %ld\nfputc: %ld\n", gets, puts) < 0;
}

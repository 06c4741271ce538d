/* Copies stdin to stdout, a character at a time. */
#include <stdio.h>

int main(void)
{
    int c; // not char: EOF is none
    while ((c = fgetc(stdin)) != EOF) // step: get
        if (fputc(c, stdout) == EOF)  // step: put
            return 1;
    return ferror(stdin) != 0;        // step: end
}

/* Copies standard input to standard output, a character at a time. */
#include <stdio.h>

int main(void)
{
    int c;                            // an int: EOF is no character
    while ((c = fgetc(stdin)) != EOF) // step: get
        if (fputc(c, stdout) == EOF)  // step: put
            return 1;
    return ferror(stdin) != 0;        // step: end
}

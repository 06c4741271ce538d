/* Wrong: a char cannot hold EOF beside every byte there is. */
#include <stdio.h>

int main(void)
{
    char c; // must be int
    while ((c = fgetc(stdin)) != EOF) // step: get
        if (fputc(c, stdout) == EOF)  // step: put
            return 1;
    return ferror(stdin) != 0;        // step: end
}

/* Moves about in a file. Where is the stream, and where is the kernel? */
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("letters", "r+");  // step: open
    if (file == NULL)
        return perror("letters"), 1;
    if (fgetc(file) == EOF)               // step: read one
        return 1;
    long here = ftell(file);              // step: where
    if (here < 0)
        return 1;
    if (fseek(file, 10, SEEK_SET) != 0)   // step: seek
        return 1;
    if (fputc('K', file) == EOF)          // step: write one
        return 1;
    rewind(file);                         // step: rewind
    if (ferror(file) || fgetc(file) == EOF)  // step: read again
        return 1;
    if (fseek(file, here, SEEK_SET) != 0) // step: back
        return 1;
    return fclose(file) == EOF;           // step: close
}

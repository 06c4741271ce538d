/* Wrong: goes from reading to writing and back, and never positions the stream in between. */
#include <stdio.h>

int main(void)
{
    FILE *file = fopen("letters", "r+");  // step: open
    if (file == NULL)
        return perror("letters"), 1;
    if (fgetc(file) == EOF)               // step: read a
        return 1;
    if (fputc('B', file) == EOF)          // step: write B
        return 1;
    if (fgetc(file) == EOF)               // step: read c
        return 1;
    if (fputc('D', file) == EOF)          // step: write D
        return 1;
    char all[40];
    rewind(file);                         // step: show
    if (fgets(all, sizeof all, file) == NULL || puts(all) == EOF)
        return 1;
    return fclose(file) == EOF;
}

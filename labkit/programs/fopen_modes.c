/* One stream, opened in the mode given: where is it, may it be read, may it be written, where do the bytes land? */
#include <errno.h>
#include <stdio.h>
#include <string.h>

int main(int argc, char *argv[])
{
    const char *mode = argc > 1 ? argv[1] : "r";
    FILE *file = fopen("letters", mode);         // step: open
    if (file == NULL) {
        printf("fopen: %s\n", strerror(errno));
        return 0;
    }
    printf("first position: %ld\n", ftell(file));

    int letter = fgetc(file);                    // step: read
    printf("may read: %s\n", letter == EOF && ferror(file) ? "no" : "yes");
    clearerr(file);

    // C11 7.21.5.3: between reading and writing a stream, it must be positioned
    if (fseek(file, 0, SEEK_END) != 0)
        return 1;
    int put = fputs("12345", file);              // step: write
    printf("may write: %s\n", put == EOF || fflush(file) == EOF ? "no" : "yes");
    clearerr(file);

    if (fseek(file, 0, SEEK_SET) != 0)           // step: back to the start
        return 1;
    if (fputs("XY", file) != EOF && fflush(file) != EOF) // step: write again
        printf("the next two land at: %ld\n", ftell(file) - 2);
    return fclose(file) == EOF;
}

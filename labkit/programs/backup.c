/* Copies the file notes to the file backup, and checks what every call returns. */
#include <stdio.h>

static int failed(const char *name)
{
    perror(name);
    return 1;
}

int main(void)
{
    char block[1000];
    size_t n; // bytes in the block
    FILE *in = fopen("notes", "r");                           // step: open
    if (in == NULL)
        return failed("notes");
    FILE *out = fopen("backup", "w");
    if (out == NULL)
        return failed("backup");
    while ((n = fread(block, 1, sizeof block, in)) > 0)       // step: get
        if (fwrite(block, 1, n, out) != n)                    // step: put
            return failed("backup");
    if (ferror(in))                                           // step: end, or error?
        return failed("notes");
    if (fclose(out) == EOF)                                   // step: close
        return failed("backup");
    return fclose(in) == EOF ? failed("notes") : 0;
}

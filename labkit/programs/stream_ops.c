/* Characters, strings, blocks, formatted values: which of these calls asks the kernel? */
#include <stdio.h>

static int in_to_out(FILE *in, FILE *out)
{
    char line[40], block[8];
    int number;

    int c = fgetc(in);                                   // step: a character in
    if (c == EOF)
        return 0;
    if (fputc(c, out) == EOF)                            // step: a character out
        return 0;
    if (fgets(line, sizeof line, in) == NULL)            // step: a string in
        return 0;
    if (fputs(line, out) == EOF)                         // step: a string out
        return 0;
    size_t n = fread(block, 1, sizeof block, in);        // step: a block in
    if (fwrite(block, 1, n, out) != n)                   // step: a block out
        return 0;
    if (fscanf(in, "%d", &number) != 1)                  // step: a formatted value in
        return 0;
    return fprintf(out, "%d", number) > 0;               // step: a formatted value out
}

int main(void)
{
    FILE *in = fopen("in", "r");                         // step: open
    FILE *out = fopen("out", "w");                       // step: open to write
    if (in == NULL || out == NULL || !in_to_out(in, out))
        return perror("in or out"), 1;
    if (fclose(out) == EOF)                              // step: close
        return perror("out"), 1;
    return fclose(in) == EOF;                            // step: close the other
}

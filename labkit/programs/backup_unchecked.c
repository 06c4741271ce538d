/* Wrong: copies the file notes to the file backup, and looks at no result but fread's count. */
#include <stdio.h>

int main(void)
{
    char block[1000];
    size_t n; // bytes in the block
    FILE *in = fopen("notes", "r");                           // step: open
    FILE *out = fopen("backup", "w");
    while ((n = fread(block, 1, sizeof block, in)) > 0)       // step: get
        fwrite(block, 1, n, out);                             // step: put
    fclose(out);                                              // step: close
    fclose(in);
    return 0;
}

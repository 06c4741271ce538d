/* A directory, read entry by entry. */
#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

int main(void)
{
    struct dirent **entries;
    int count = scandir(".", &entries, NULL, alphasort); // step: read them all, and sort
    if (count < 0)
        return 1;
    for (int i = 0; i < count; i++) {
        int type = entries[i]->d_type;
        const char *kind = type == DT_DIR ? "directory" : type == DT_REG ? "file" : "other";
        if (printf("%-9s %s\n", kind, entries[i]->d_name) < 0) // step: print
            return 1;
        free(entries[i]);
    }
    free(entries);
    return 0;
}
